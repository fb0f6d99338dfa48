import { type Decision, type Handler, tasks } from '@skald/messaging'
import { payments } from '../payments/payment.ts'
import { callOf, isHeld, type Lease, type StartsCall, tokenOf } from './call.ts'

/**
 * A task that came due: a try to be repeated, or a call whose first caller died or lost its lease. Without a token, one that
 * was asked for again, which need not be due.
 */
export interface DueCall {
  readonly orderId: string
  readonly key: string
  readonly token?: string
}

/** Nothing at all when the call is not open any more. */
export type Taken = StartsCall | { readonly held: true }

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
    if (!task || (data.token !== undefined && task.token !== data.token)) return {}
    if (data.token === undefined && isHeld(task, turn)) return { reply: { held: true } satisfies Taken }
    if (payment?.call !== data.key) {
      rows.delete(tasks, data.key)
      return {}
    }
    // A claim has counted the try, and given a token.
    const mine = data.token === undefined ? { attempts: task.attempts + 1, token: tokenOf(lease, turn) } : {}
    const taken = { ...task, ...mine, due_at: turn.nowMs + lease.leaseMs }
    rows.put(tasks, taken)
    return { reply: { starts: callOf(payment, taken) } satisfies Taken }
  },
})
