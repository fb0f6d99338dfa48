import { type Message, type Said, timeOf } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { type Advanced, advance, fire, operate } from '../advance.ts'
import { paused, resumed } from '../operator/pausing.ts'
import type { HistoryRow, SagaRow } from '../store/saga-tables.ts'
import { type ChangedTimer, dueAt } from '../timers/change.ts'
import type { Patience } from '../waking.ts'

/*
 * A history keeps all that came, so the code that wrote it gives again what a saga was after each entry. Not in it are the
 * nudges, which the chart knows nothing of: what was asked is shown with its first one. The lengths of delays are those of
 * today's configuration, until the timer fires: then its id says when it was due.
 */

/** The first entry after which today's code is elsewhere, or says something else. */
export interface Differs {
  readonly seq: number
  readonly differs: string
}

/** The saga as it was after the last of these entries; it is given with the version that it began with. */
export const replayRows = (
  versionOf: (version: number) => Definition | undefined,
  saga: SagaRow,
  steps: readonly HistoryRow[],
  patience: Patience,
): SagaRow | Differs => {
  let row = unstarted(saga)
  for (const step of steps) {
    const definition = versionOf(row.version)
    const after = definition ? attempt(definition, row, step, patience) : `version ${row.version} is not known here`
    const differs = typeof after === 'string' ? after : differenceOf(after, step)
    if (differs !== undefined || typeof after === 'string') return { seq: step.seq, differs: differs ?? '' }
    row = after.row
  }
  return row
}

interface Migrated extends Pick<SagaRow, 'state' | 'timers'> {
  readonly from: number
  readonly to: number
}

/** The version that it began with. */
export const firstVersion = ({ version }: SagaRow, steps: readonly HistoryRow[]): number => {
  const migration = steps.find(({ type }) => type === 'operator.migrate')
  return migration ? (migration.input as Migrated).from : version
}

const unstarted = (saga: SagaRow): SagaRow => ({
  ...saga,
  status: 'RUNNING',
  state: null,
  asked: [],
  timers: [],
  held: [],
  paused_by: null,
  watched: [],
  revision: 0,
  wake_at: null,
  ended_at: null,
})

type After = Pick<Advanced, 'row' | 'says'>

/** A text when today's code cannot take the entry. */
const attempt = (definition: Definition, row: SagaRow, step: HistoryRow, patience: Patience): After | string => {
  try {
    return apply(definition, row, step, patience) ?? `${step.type} is not taken`
  } catch (error) {
    return `${step.type} cannot be taken: ${error instanceof Error ? error.message : String(error)}`
  }
}

const apply = (definition: Definition, row: SagaRow, step: HistoryRow, patience: Patience): After | undefined => {
  const { type, at } = step
  const message = messageOf(row, step)
  if (type.startsWith('timer.')) return fired(definition, row, step, patience)
  switch (type) {
    case 'operator.pause':
      return pausedBy(row, step)
    case 'operator.resume':
      return resumed(definition, row, at, patience, [])
    case 'operator.migrate':
      return { row: migrated(row, step.input as Migrated), says: [] }
    case 'operator.move-timer':
    case 'operator.cancel-timer':
    case 'operator.shift-timers':
      return { row: withTimers(row, step.input as TimersMoved, at), says: [] }
    case 'operator.retry':
      return operate(definition, row, 'retry', message, at, patience)
    case 'operator.skip':
      return operate(definition, row, 'skip', message, at, patience)
    case 'operator.cancel':
      return operate(definition, row, 'cancel', message, at, patience)
    default:
      return advance(definition, row, message, at, patience)
  }
}

const migrated = (row: SagaRow, { to, state, timers }: Migrated): SagaRow => ({
  ...row,
  version: to,
  state,
  timers,
  asked: row.asked.filter(({ commandId }) => state?.waiting.some(({ id }) => id === commandId)),
  revision: row.revision + 1,
})

interface TimersMoved {
  readonly actionId: string
  readonly timers: readonly ChangedTimer[]
}

/** When they were due then stands in the entry: what the configuration says of their lengths does not count. */
const withTimers = (row: SagaRow, { actionId: movedBy, timers }: TimersMoved, at: number): SagaRow => ({
  ...row,
  timers: row.timers.flatMap((timer) => {
    const to = timers.find(({ name, arm }) => name === timer.name && arm === timer.arm)
    if (!to) return timer
    return to.dueAtMs === null ? [] : dueAt(timer, to.dueAtMs, movedBy)
  }),
  revision: row.revision + 1,
  updated_at: at,
})

/** A saga that is held back names the pause that does so; an operator's own has none. */
const pausedBy = (row: SagaRow, { input, at }: HistoryRow): After => {
  const { row: after, says } = paused(row, at)
  const { pausedBy: paused_by = null } = input as { readonly pausedBy?: string }
  return { row: { ...after, paused_by }, says }
}

/** When it was due is in its id, and its id in all that was said because of it. */
const fired = (definition: Definition, row: SagaRow, step: HistoryRow, patience: Patience): After | undefined => {
  const { name, arm } = step.input as { readonly name: string; readonly arm: number }
  const known = row.timers.find((timer) => timer.name === name && timer.arm === arm)
  if (!known) return undefined
  const timer = { ...known, dueAtMs: timeOf(step.message_id) ?? known.dueAtMs }
  const timers = row.timers.map((other) => (other === known ? timer : other))
  return fire(definition, { ...row, timers }, timer, step.at, patience)
}

const messageOf = ({ saga_id, business_key }: SagaRow, step: HistoryRow): Message<{ readonly reason: string }> => ({
  id: step.message_id,
  type: step.type,
  source: '/saga-coordinator',
  subject: business_key,
  time: new Date(step.at).toISOString(),
  correlationId: saga_id,
  causationId: step.causation_id ?? undefined,
  // What an operator's action holds; of all others nobody here looks inside.
  data: step.input as { readonly reason: string },
})

const differenceOf = ({ row, says }: After, { type, to_state, outputs }: HistoryRow): string | undefined => {
  const state = row.state?.value ?? null
  if (JSON.stringify(state) !== JSON.stringify(to_state)) {
    return `${type} leads to ${JSON.stringify(state)}, it led to ${JSON.stringify(to_state)}`
  }
  const [today, then] = [saying(says), saying(outputs)]
  return today === then ? undefined : `${type} makes it say ${today}, it said ${then}`
}

const saying = (says: readonly Said[]): string =>
  JSON.stringify(says.map(({ type, subject, data }) => ({ type, subject, data })))
