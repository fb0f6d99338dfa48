import type { Request } from '@skald/host'
import { type Answer, type Decision, type Message, type Rows, type Turn, tasks } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { type Advanced, operate as advanced } from '../advance.ts'
import { list, save, sleepUntil, wakeTaskId } from '../coordinate.ts'
import type { Definitions } from '../definitions.ts'
import { news } from '../news.ts'
import { lookAgainAtMs, pauseOf } from '../pauses/hold-back.ts'
import type { Pauses } from '../pauses/pauses.ts'
import {
  type Action,
  auditEntries,
  auditHead,
  CHAIN,
  chained,
  operatorRequests,
  type Standing,
} from '../store/audit-tables.ts'
import type { StepPause } from '../store/pause-table.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'
import type { Patience } from '../waking.ts'
import { type Watching, watch } from '../watching/watch.ts'
import { paused, resumed } from './pausing.ts'
import { ARCHIVED, whyHeldBack, whyNever, whyNotNow } from './why-not.ts'

export interface Operate {
  readonly action: Action
  readonly reason: string
  readonly actor: string
  /** The Idempotency-Key, with a digest of what it was given with. */
  readonly repeatable?: { readonly key: string; readonly digest: string } | undefined
}

/** How the saga stands because of the action. */
export interface Operated extends Standing {
  readonly sagaId: string
  readonly action: Action
}

export type OperateReply =
  | { readonly kind: 'done'; readonly answer: Operated }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'key-reused' }

/**
 * An operator's action on the saga that the request is correlated to, which is known to have started: an input like any
 * other, under the request's id, and in the same transaction a line in the audit. What is refused leaves
 * nothing but the answer under its Idempotency-Key.
 */
export const operate = (
  definitions: Definitions,
  patience: Patience,
  pauses: Pauses,
): Request<Operate, OperateReply> => ({
  type: 'request:operate',
  rows: ({ correlationId, data: { repeatable } }) => [
    { table: sagas, key: correlationId },
    ...(repeatable ? [{ table: operatorRequests, key: repeatable.key }] : []),
    { table: auditHead, key: CHAIN },
    ...pauses.rows(),
  ],
  decide(request, rows, turn) {
    const { repeatable } = request.data
    const answered = repeatable && rows.get(operatorRequests, repeatable.key)
    if (answered) {
      const isSame = answered.body_digest === repeatable.digest
      return { reply: isSame ? (answered.response as OperateReply) : { kind: 'key-reused' } }
    }
    const { reply, decision } = attempt(definitions, patience, pauses, request, rows, turn)
    // A refusal, too: a request that was slow must not be done after its repeat was refused, when nobody waits for it.
    if (repeatable) {
      const { key, digest } = repeatable
      rows.put(operatorRequests, { key, body_digest: digest, response: reply, created_at: turn.nowMs })
    }
    return decision
  },
})

interface Attempted {
  readonly reply: OperateReply
  readonly decision: Decision
}

const attempt = (
  definitions: Definitions,
  patience: Patience,
  pauses: Pauses,
  request: Message<Operate>,
  rows: Rows,
  turn: Turn,
): Attempted => {
  const row = rows.get(sagas, request.correlationId)
  if (!row) return refused(ARCHIVED)
  const definition = definitions.get(row.definition, row.version)
  const never = whyNever(row, definition, request.data.action)
  if (never !== undefined || !definition) return refused(never ?? '')
  const paused = pauses.of(definition.name, rows)
  const done = act(definition, row, request, turn.nowMs, patience, paused)
  if ('why' in done) return refused(done.why)
  return carryOut(request, row, done, rows, { definition, nowMs: turn.nowMs, patience })
}

const refused = (why: string): Attempted => {
  const reply: OperateReply = { kind: 'refused', why }
  return { reply, decision: { reply } }
}

/** The entry of the action, the saga after it, and what was held and is used because of it. */
interface Done extends Advanced {
  readonly answers?: readonly Answer[]
}

const act = (
  definition: Definition,
  row: SagaRow,
  request: Message<Operate>,
  nowMs: number,
  patience: Patience,
  pauses: readonly StepPause[],
): Done | { readonly why: string } => {
  const { action } = request.data
  if (action === 'pause') return paused(row, nowMs)
  if (action === 'resume') {
    const pause = pauses.find(({ id }) => id === row.paused_by)
    return pause ? { why: whyHeldBack(pause) } : resumed(definition, row, nowMs, patience, pauses)
  }
  const done = advanced(definition, row, action, request, nowMs, patience)
  const pause = done && pauseOf(pauses, definition, done)
  if (pause) return { why: whyHeldBack(pause) }
  return done ?? { why: whyNotNow(row, definition, action) }
}

const carryOut = (
  request: Message<Operate>,
  before: SagaRow,
  { row: after, says, record, answers = [] }: Done,
  rows: Rows,
  watching: Watching,
): Attempted => {
  const { nowMs } = watching
  const { action, actor, reason } = request.data
  if (after.paused_by !== null) sleepUntil(rows, before, after, lookAgainAtMs(after, nowMs), watching)
  else if (after.status === 'PAUSED') fallAsleep(rows, before, watch(rows, before, after, watching))
  else save(rows, before, after, watching)
  writeDown(request, before, after, rows, nowMs)
  const reply: OperateReply = { kind: 'done', answer: { sagaId: after.saga_id, action, ...standing(after) } }
  const to: Message = {
    ...request,
    type: `operator.${action}`,
    source: '/saga-coordinator',
    subject: before.business_key,
    data: { reason, actor },
  }
  const entry = { to, digest: '', says, record: { ...record, note: `${actor}: ${reason}` } }
  return { reply, decision: { answers: [entry, ...answers], reply: { ...news(before, after, nowMs), ...reply } } }
}

const writeDown = (
  { id, data: { action, actor, reason, repeatable } }: Message<Operate>,
  before: SagaRow,
  after: SagaRow,
  rows: Rows,
  nowMs: number,
): void => {
  const entry = chained(rows.get(auditHead, CHAIN), {
    id,
    // Whole milliseconds: as it is read again, or the chain would not fit.
    at: Math.floor(nowMs),
    actor,
    action,
    saga_id: after.saga_id,
    reason,
    before: standing(before),
    after: standing(after),
    idempotency_key: repeatable?.key ?? null,
  })
  rows.put(auditEntries, entry)
  rows.put(auditHead, { name: CHAIN, seq: entry.seq, hash: entry.hash })
}

const standing = ({ status, state }: SagaRow): Standing => ({ status, state: state?.value ?? null })

/** Nothing wakes it but the operator. */
const fallAsleep = (rows: Rows, before: SagaRow, after: SagaRow): void => {
  rows.delete(tasks, wakeTaskId(after.saga_id))
  rows.put(sagas, { ...after, wake_at: null })
  list(rows, before, after)
}
