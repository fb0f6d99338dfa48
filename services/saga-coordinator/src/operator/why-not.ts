import { type Definition, isPast } from '@skald/saga'
import { MAX_HISTORY } from '../advance.ts'
import type { Action, TimerAction } from '../store/audit-tables.ts'
import type { StepPause } from '../store/pause-table.ts'
import type { SagaRow } from '../store/saga-tables.ts'

/* Why an action is refused, and what can be done instead: told to the person who asked. */

export const ARCHIVED = 'The saga has ended: nothing can be done to it any more. What it did stays as its history says.'

/** A pause leaves room for the entry that ends it; none is the last entry, which would stop the saga. */
const entriesOf = (action: Action | TimerAction): number => (action === 'pause' ? 2 : 1)

/** Whatever the chart says. Undefined when the action may be tried. */
export const whyNever = (
  row: SagaRow,
  definition: Definition | undefined,
  action: Action | TimerAction,
): string | undefined => {
  if (row.ended_at !== null) {
    return `The saga has ended as ${row.status}: nothing can be done to it any more. What it did stays as its history says.`
  }
  if (row.revision + entriesOf(action) >= MAX_HISTORY) {
    return `The history is full: ${row.revision} of ${MAX_HISTORY} entries. The saga goes in circles and takes no action any more; settle by hand what its services hold for it.`
  }
  if (!definition) {
    return `No running coordinator knows ${row.definition} version ${row.version}: deploy one that does, then ask again.`
  }
  if (action === 'resume') {
    return row.status === 'PAUSED' ? undefined : `The saga is ${row.status}, not paused: there is nothing to resume.`
  }
  if (row.status !== 'PAUSED') return undefined
  return action === 'pause'
    ? 'The saga is paused already; resume it to let it go on.'
    : 'The saga is paused: resume it first.'
}

/** The chart does not take it. */
export const whyNotNow = (row: SagaRow, definition: Definition, action: 'retry' | 'skip' | 'cancel'): string => {
  const at = JSON.stringify(row.state?.value)
  const needsPerson = row.status === 'NEEDS_ATTENTION'
  if (action !== 'cancel') {
    return needsPerson
      ? `What the saga waits for at ${at} cannot be settled by ${action}.`
      : `The saga is ${row.status} at ${at} and waits for no person: it asks again by itself. Only what NEEDS_ATTENTION takes retry and skip.`
  }
  const instead = needsPerson ? 'retry or skip what it waits for.' : 'it goes on by itself; pause it to hold it.'
  if (row.state && isPast(definition, row.state)) {
    return `Too late to cancel: the saga at ${at} is past the point of no return; ${instead}`
  }
  const isUndone = needsPerson || row.status === 'COMPENSATING'
  return isUndone
    ? `The saga at ${at} is being undone already; ${instead}`
    : `Nothing at ${at} can be cancelled; ${instead}`
}

/** The step that it is in, or would come to, is paused for all sagas. */
export const whyHeldBack = ({ definition, step, actor, reason }: StepPause): string => {
  const what = step === '' ? `Definition ${definition}` : `Step ${step} of ${definition}`
  const body = step === '' ? '' : ` with { "step": "${step}" }`
  return `${what} is paused (${actor}: ${reason}): resume that first, by POST /definitions/${definition}/resume${body}.`
}
