import { type Decision, type Handler, type Task, type Turn, tasks } from '@skald/messaging'
import type { Undecided } from '../payments/gateway.ts'
import { payments } from '../payments/payment.ts'
import { type Definite, settle } from '../payments/settle.ts'
import { backoffMs } from './backoff.ts'
import { callOf, type Lease, putOffToken, type StartsCall } from './call.ts'

/** What came of a call: something to record, or nothing that is known, after which it is made again. */
export type CallResult = Definite | { readonly call: 'again'; readonly outcome: Undecided }

/** `token` proves that the call's lease is still held. */
export interface Returned {
  readonly orderId: string
  readonly key: string
  readonly token: string
  readonly result: CallResult
}

export interface Recorded extends Partial<StartsCall> {
  /** False when the lease was lost or the call stopped meanwhile: then nothing was written. */
  readonly applied: boolean
}

export interface RecordOptions extends Lease {
  /** First wait after a try of unknown outcome. */
  readonly retryMs: number
}

/** The call is made again, later. Nothing reported under the old token counts from here on. */
const postponed = (task: Task, outcome: Undecided, turn: Turn, retryMs: number): Task => {
  const token = putOffToken(turn)
  if (outcome.kind === 'pending') return { ...task, token, due_at: turn.nowMs + outcome.afterMs }
  // The next claim counts the try.
  return { ...task, token, due_at: turn.nowMs + backoffMs(retryMs, task.attempts, task.id) }
}

const NOT_APPLIED: Recorded = { applied: false }

/** The third input of an external call: what came of it, applied only while its lease is held and the call is open. */
export const recordResult = (options: RecordOptions): Handler<Returned> => ({
  type: 'request:record-result',
  rows: ({ data }) => [
    { table: payments, key: data.orderId },
    { table: tasks, key: data.key },
  ],
  decide: ({ data: { orderId, key, token, result } }, rows, turn): Decision => {
    const payment = rows.get(payments, orderId)
    const task = rows.get(tasks, key)
    if (!payment || !task || task.token !== token || payment.call !== key) return { reply: NOT_APPLIED }
    if (result.call === 'again') {
      rows.put(tasks, postponed(task, result.outcome, turn, options.retryMs))
      return { reply: { applied: true } satisfies Recorded }
    }
    const settled = settle(payment, key, result, { rows, turn, lease: options })
    rows.put(payments, { ...settled.payment, updated_at: turn.nowMs })
    if (settled.payment.call === key) {
      // Prepared, which this transaction commits: the same call goes on under the same token, with a whole lease.
      const renewed = { ...task, due_at: turn.nowMs + options.leaseMs }
      rows.put(tasks, renewed)
      return { reply: { applied: true, starts: callOf(settled.payment, renewed) } satisfies Recorded }
    }
    rows.delete(tasks, key)
    const next = settled.starts ? { starts: settled.starts } : {}
    return { answers: settled.answers, reply: { applied: true, ...next } satisfies Recorded }
  },
})
