import type { Request } from '@skald/host'
import { type Answer, type Message, type Rows, tasks } from '@skald/messaging'
import { list, save, sleepUntil, wakeTaskId } from '../coordinate.ts'
import type { Coordination } from '../coordination.ts'
import { news } from '../news.ts'
import { lookAgainAtMs } from '../pauses/hold-back.ts'
import { type Action, auditHead, CHAIN, type Standing } from '../store/audit-tables.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'
import { watch } from '../watching/watch.ts'
import { type Acted, act, standing } from './act.ts'
import { writeDown } from './audit.ts'
import { type Acting, type Attempted, answeredRow, type KeyReused, once } from './repeatable.ts'

export interface Operate extends Acting {
  readonly action: Action
}

/** How the saga stands because of the action. */
export interface Operated extends Standing {
  readonly sagaId: string
  readonly action: Action
}

export type OperateReply =
  | { readonly kind: 'done'; readonly answer: Operated }
  | { readonly kind: 'refused'; readonly why: string }
  | KeyReused

/**
 * An operator's action on the saga that the request is correlated to, which is known to have started: an input like any
 * other, under the request's id, and in the same transaction a line in the audit. What is refused leaves
 * nothing but the answer under its Idempotency-Key.
 */
export const operate = (coordination: Coordination): Request<Operate, OperateReply> => ({
  type: 'request:operate',
  rows: ({ correlationId, data }) => [
    { table: sagas, key: correlationId },
    ...answeredRow(data),
    { table: auditHead, key: CHAIN },
    ...coordination.pauses.rows(),
  ],
  decide: (request, rows, turn) =>
    once(request.data, rows, turn, (): Attempted<OperateReply> => {
      const acted = act(coordination, rows, request, turn.nowMs)
      const reply: OperateReply =
        'why' in acted ? { kind: 'refused', why: acted.why } : { kind: 'done', answer: operated(acted, request.data) }
      if ('why' in acted) return { reply, decision: { reply } }
      const answers = carryOut(coordination, request, acted, rows, turn.nowMs)
      return { reply, decision: { answers, reply: { ...news(acted.before, acted.row, turn.nowMs), ...reply } } }
    }),
})

const operated = ({ row }: Acted, { action }: Operate): Operated => ({ sagaId: row.saga_id, action, ...standing(row) })

/** An action that may be part of a bulk action. */
export type CarriedOut = Omit<Operate, 'repeatable'> & { readonly bulkId?: string }

/** Writes what an action does: the saga, and a line in the audit. Gives its entries in the history. */
export const carryOut = (
  { patience }: Coordination,
  request: Message<CarriedOut>,
  { before, definition, row: after, says, record, answers }: Acted,
  rows: Rows,
  nowMs: number,
): readonly Answer[] => {
  const { action, actor, reason, bulkId } = request.data
  const watching = { definition, nowMs, patience }
  if (after.paused_by !== null) sleepUntil(rows, before, after, lookAgainAtMs(after, nowMs), watching)
  else if (after.status === 'PAUSED') fallAsleep(rows, before, watch(rows, before, after, watching))
  else save(rows, before, after, watching)
  const about = { id: request.id, action, saga_id: after.saga_id, bulk_id: bulkId ?? null }
  writeDown(rows, nowMs, request.data, { ...about, before: standing(before), after: standing(after) })
  const to: Message = {
    ...request,
    type: `operator.${action}`,
    source: '/saga-coordinator',
    subject: before.business_key,
    data: { reason, actor },
  }
  return [{ to, digest: '', says, record: { ...record, note: `${actor}: ${reason}` } }, ...answers]
}

/** Nothing wakes it but the operator. */
const fallAsleep = (rows: Rows, before: SagaRow, after: SagaRow): void => {
  rows.delete(tasks, wakeTaskId(after.saga_id))
  rows.put(sagas, { ...after, wake_at: null })
  list(rows, before, after)
}
