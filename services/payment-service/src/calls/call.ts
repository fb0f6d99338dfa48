import { type Rows, type Task, type Turn, tasks } from '@skald/messaging'
import type { Money } from '../payments/gateway.ts'
import { type CallKind, chargeKeyOf, type Payment, totalOf, transactionOf } from '../payments/payment.ts'

/** Kind of the tasks that are calls to the gateway. Their id is the gateway key. */
export const CALL_TASK = 'gateway-call'

export interface CallBody {
  readonly orderId: string
  readonly kind: CallKind
}

/** What a lease has beyond the call itself: for a place, and for the commit after. More keeps a crashed process's calls waiting longer. */
export const LEASE_MARGIN_MS = 4_000

/** How long this process keeps a call to itself, and what its tokens begin with. */
export interface Lease {
  /** One call, and the margin: a result that comes later is not applied once somebody else has taken the call. */
  readonly leaseMs: number
  /** Differs between processes, so that two that decide the same message never hold the same token. */
  readonly process: string
}

/** All that is needed to make one call, read from the payment in the transaction that gave the lease. */
export interface CallStart {
  readonly key: string
  readonly kind: CallKind
  readonly token: string
  readonly attempts: number
  readonly orderId: string
  readonly amount: Money | null
  readonly paymentMethod: string | null
  readonly reference: string | null
  readonly chargeKey: string
  readonly chargeReference: string | null
}

/** Reply to a command that came again while it is open: the call that it waits for is to be tried again. */
export interface AsksAgain {
  readonly asks: { readonly orderId: string; readonly key: string }
}

/** Reply of every decision after which a call is to be made, now that it is committed. */
export interface StartsCall {
  readonly starts: CallStart
}

export const callOf = (payment: Payment, { id, token, attempts, body }: Task): CallStart => {
  const { orderId, kind } = body as CallBody
  const chargeKey = chargeKeyOf(orderId)
  return {
    key: id,
    kind,
    token,
    attempts,
    orderId,
    amount: totalOf(payment),
    paymentMethod: payment.payment_method,
    reference: transactionOf(payment, id)?.gatewayReference ?? null,
    chargeKey,
    chargeReference: transactionOf(payment, chargeKey)?.gatewayReference ?? null,
  }
}

/** A function of the input and the process: a decision that runs again after a lost race makes the same one. */
export const tokenOf = ({ process }: Lease, turn: Turn): string => `${process}/${turn.idOf(0)}`

const WAITS = 'waits/'

/** The token of a call that waits for its next try: nobody has it, and nothing reported under the last one counts. */
export const waitingToken = (turn: Turn): string => `${WAITS}${turn.idOf(0)}`

/**
 * Whether somebody may be making the call. When only the margin of the lease is left, the call's own time limit is over:
 * who had it has died, or has not got round to it.
 */
export const isHeld = ({ token, due_at }: Pick<Task, 'token' | 'due_at'>, { nowMs }: Pick<Turn, 'nowMs'>): boolean =>
  due_at > nowMs + LEASE_MARGIN_MS && !token.startsWith(WAITS)

/** Makes a call the one the payment waits for, and this process its first caller. */
export const beginCall = (
  payment: Payment,
  { key, kind }: { readonly key: string; readonly kind: CallKind },
  { rows, turn, lease }: { readonly rows: Rows; readonly turn: Turn; readonly lease: Lease },
): { readonly payment: Payment; readonly starts: CallStart } => {
  const body: CallBody = { orderId: payment.order_id, kind }
  const token = tokenOf(lease, turn)
  const task: Task = { id: key, kind: CALL_TASK, due_at: turn.nowMs + lease.leaseMs, token, attempts: 0, body }
  rows.put(tasks, task)
  const calling = { ...payment, call: key }
  return { payment: calling, starts: callOf(calling, task) }
}
