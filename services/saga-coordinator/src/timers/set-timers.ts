import type { Request } from '@skald/host'
import { type Answer, derivedId, type Message, type Rows, timeOf } from '@skald/messaging'
import { save } from '../coordinate.ts'
import type { Coordination } from '../coordination.ts'
import { writeDown } from '../operator/audit.ts'
import { type Acting, type Attempted, answeredRow, type KeyReused, once } from '../operator/repeatable.ts'
import { auditHead, CHAIN } from '../store/audit-tables.ts'
import { sagas } from '../store/saga-tables.ts'
import { type WaitingFor, waitingBy } from '../waiting-for.ts'
import { type Changed, type ChangedTimer, changed, type TimersAsked, whyNone } from './change.ts'
import { type Refused, standingsOf, summaryOf, summedUp, type TimersChanged } from './summary.ts'

/* One action on timers: of one saga, or of all that a filter finds. One transaction, one line in the audit. */

export interface SetTimers extends Acting, TimersAsked {
  /** Whose timers may fit; each is looked at again. */
  readonly sagaIds: readonly string[]
}

export interface TimersSet extends TimersChanged {
  /** The id of the line in the audit. */
  readonly actionId: string
  /** What the saga waits for because of it, when it was about one timer. */
  readonly waitingFor?: readonly WaitingFor[]
}

export type SetTimersReply =
  | { readonly kind: 'done'; readonly answer: TimersSet }
  | { readonly kind: 'refused'; readonly why: string }
  | KeyReused

/**
 * An input like any other: the sagas' rows are locked, so whoever steps, wakes or archives one of them comes before or after
 * it, and what another process remembers of them is found to be old. Each saga gets an entry in its history.
 */
export const setTimers = (coordination: Coordination): Request<SetTimers, SetTimersReply> => ({
  type: 'request:set-timers',
  rows: ({ data }) => [
    ...data.sagaIds.map((key) => ({ table: sagas, key })),
    ...answeredRow(data),
    { table: auditHead, key: CHAIN },
    ...coordination.pauses.rows(),
  ],
  decide: (request, rows, turn) =>
    once(request.data, rows, turn, (): Attempted<SetTimersReply> => {
      const { data, id } = request
      const { patience } = coordination
      const { done, refused } = looked(coordination, request, rows, turn.nowMs)
      const summary = summaryOf(done.map(summedUp), refused, turn.nowMs)
      const why = whyNothing(summary, noneOf(data, rows))
      if (why !== undefined) {
        const reply: SetTimersReply = { kind: 'refused', why }
        return { reply, decision: { reply } }
      }
      const answers = done.map((each) => {
        save(rows, each.before, each.after, { definition: each.definition, nowMs: turn.nowMs, patience })
        return entryOf(request, each, turn.nowMs)
      })
      const { before, after } = standingsOf(summary)
      const { sagaId, arm, ...filter } = data.choice
      const act = { id, action: data.action, saga_id: arm === undefined ? null : (sagaId ?? null) }
      writeDown(rows, turn.nowMs, data, { ...act, before: { ...before, filter: { sagaId, ...filter } }, after })
      const reply: SetTimersReply = { kind: 'done', answer: { actionId: id, ...summary, ...waitsOf(data, done) } }
      return { reply, decision: { answers, reply } }
    }),
})

/** What it would do, decided in the same way on rows that are only looked at. */
export interface Looked {
  readonly done: readonly Changed[]
  readonly refused: readonly Refused[]
}

export const looked = (
  { definitions, pauses }: Coordination,
  { id, data }: Pick<Message<TimersAsked & Pick<SetTimers, 'sagaIds'>>, 'id' | 'data'>,
  rows: Rows,
  nowMs: number,
): Looked => {
  const done: Changed[] = []
  const refused: Refused[] = []
  const pausesOf = (definition: string) => pauses.of(definition, rows)
  const considered = { definitions, pausesOf, actionId: id, nowMs }
  for (const sagaId of data.sagaIds) {
    const outcome = changed(considered, rows.get(sagas, sagaId), data)
    if (outcome === undefined) continue
    if ('why' in outcome) refused.push({ sagaId, why: outcome.why })
    else done.push(outcome)
  }
  return { done, refused }
}

/** Why no timer fits. */
export const noneOf = ({ choice, sagaIds }: Pick<SetTimers, 'choice' | 'sagaIds'>, rows: Rows): string =>
  choice.arm === undefined ? NONE : whyNone(rows.get(sagas, sagaIds[0] ?? ''), choice)

const NONE = 'No timer that runs fits the filter: GET /timers shows which there are.'

/** Why nothing is done at all. */
export const whyNothing = ({ timers, refused }: TimersChanged, none: string): string | undefined => {
  if (timers > 0) return undefined
  const [first, second] = refused
  if (!first) return none
  if (!second && first.count === 1) return first.why
  return refused.map(({ why, count }) => `${count} ${count === 1 ? 'saga' : 'sagas'}: ${why}`).join(' ')
}

export const waitsOf = ({ choice }: Pick<SetTimers, 'choice'>, [one]: readonly Changed[]) =>
  choice.arm === undefined || !one ? {} : { waitingFor: waitingBy(one.definition, one.after) }

/** An entry of the saga's history: when its timers were due, and when they are. */
const entryOf = ({ id, data }: Message<SetTimers>, { before, after, timers }: Changed, nowMs: number): Answer => {
  const { action, actor, reason, choice } = data
  const { saga_id, business_key, state } = after
  const to: Message = {
    // Its own id when it is about one saga, as the audit has it; else one for each.
    id: choice.arm === undefined ? derivedId(`${id}/${saga_id}`, 0, timeOf(id)) : id,
    type: `operator.${action}`,
    source: '/saga-coordinator',
    subject: business_key,
    time: new Date(nowMs).toISOString(),
    correlationId: saga_id,
    data: { actionId: id, timers },
  }
  const record = {
    saga_id,
    seq: after.revision,
    from_state: before.state?.value ?? null,
    to_state: state?.value ?? null,
    note: `${actor}: ${reason} (${timers.map(textOf).join(', ')})`,
  }
  return { to, digest: '', says: [], record }
}

const textOf = ({ name, wasDueAtMs, dueAtMs }: ChangedTimer): string => {
  const was = new Date(wasDueAtMs).toISOString()
  return dueAtMs === null
    ? `${name}, due ${was}, is cancelled`
    : `${name} is due ${new Date(dueAtMs).toISOString()} instead of ${was}`
}
