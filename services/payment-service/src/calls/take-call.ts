import { type Decision, type Handler, tasks } from '@skald/messaging'
import { payments } from '../payments/payment.ts'
import { callOf, type Lease, type StartsCall, tokenOf } from './call.ts'

/** A task that came due: a try to be repeated, or a call whose first caller died or lost its lease. */
export interface DueCall {
  readonly orderId: string
  readonly key: string
  readonly token: string
}

/**
 * Makes this process the call's caller for a whole lease, as far as the payment still waits for it. The lease of a
 * claim alone may be shorter than one call, and every result would then come too late to be applied.
 */
export const takeCall = (lease: Lease): Handler<DueCall> => ({
  type: 'request:take-call',
  rows: ({ data }) => [
    { table: payments, key: data.orderId },
    { table: tasks, key: data.key },
  ],
  decide: ({ data }, rows, turn): Decision => {
    const payment = rows.get(payments, data.orderId)
    const task = rows.get(tasks, data.key)
    if (!task || task.token !== data.token) return {}
    if (payment?.call !== data.key) {
      rows.delete(tasks, data.key)
      return {}
    }
    const taken = { ...task, due_at: turn.nowMs + lease.leaseMs, token: tokenOf(lease, turn) }
    rows.put(tasks, taken)
    return { reply: { starts: callOf(payment, taken) } satisfies StartsCall }
  },
})
