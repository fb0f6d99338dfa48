import { isQuestion } from '../waiting-for.ts'
import type { Facts } from './why.ts'

/** Something that a person can do; `request` is the action as it is sent, with the reason to be filled in. */
export interface ToDo {
  readonly what: string
  readonly action?: 'retry' | 'skip' | 'resume'
  readonly request?: { readonly method: 'POST'; readonly path: string; readonly body: Readonly<Record<string, string>> }
}

/** What would help, the likeliest first; nothing while it goes on by itself. */
export const toDoOf = ({ row, definition, waits, stuck }: Facts): readonly ToDo[] => {
  if (row.ended_at !== null) return []
  const people = waits.filter((wait) => wait.kind === 'person')
  if (people.some(({ effect }) => effect === 'definition')) return [{ what: 'Deploy a coordinator that knows it.' }]
  if (people.some(({ effect }) => effect === 'history')) {
    return [{ what: 'Settle by hand what its services hold for it; no action is taken any more.' }]
  }
  const act = (action: NonNullable<ToDo['action']>, what: string): ToDo => {
    const path = `/sagas/${encodeURIComponent(row.saga_id)}/${action}`
    return { what, action, request: { method: 'POST', path, body: { reason: '...' } } }
  }
  if (row.paused_by !== null) return [resumeStep(row.definition, row.paused_by)]
  if (row.status === 'PAUSED') return [act('resume', 'Resume it; all its times are then later by the pause.')]
  const settle = [
    act('retry', 'Retry, when what kept it from being done is mended: it is tried anew.'),
    act('skip', 'Skip, when it is settled by hand: the saga goes on as if it were done.'),
  ]
  const mend = stuck ? [{ what: stuck.why === 'overdue' ? OVERDUE : NO_REASON }] : []
  const settled = people.some(({ effect }) => definition && !isQuestion(row, definition, effect))
  return [...mend, ...(settled ? settle : [])]
}

/** The pause is named as `order/takingPayment`, or `order/` for all of its sagas. */
const resumeStep = (definition: string, pause: string): ToDo => {
  const step = pause.slice(definition.length + 1)
  const path = `/definitions/${definition}/resume`
  const what = `Resume ${step === '' ? 'the definition' : `step ${step}`}; all that are held back by it go on by themselves.`
  return {
    what,
    action: 'resume',
    request: { method: 'POST', path, body: { reason: '...', ...(step !== '' && { step }) } },
  }
}

const OVERDUE =
  'Look at GET /readyz of the coordinator and of the service that it waits for, and at skald_consumer_pending: what is asked or answered does not arrive, or nobody handles what is due.'
const NO_REASON =
  'Look at its history and its diagram: its chart has a state that nothing leaves. Deploy a definition that does, or cancel it.'
