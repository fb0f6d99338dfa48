import { type Rows, type Task, type Turn, tasks } from '@skald/messaging'
import type { Money } from '../payments/gateway.ts'
import { type CallKind, chargeKeyOf, type Payment, totalOf, transactionOf } from '../payments/payment.ts'

/** Kind of the tasks that are calls to the gateway. Their id is the gateway key. */
export const CALL_TASK = 'gateway-call'

export interface CallBody {
  readonly orderId: string
  readonly kind: CallKind
}

/** How long this process keeps a call to itself, and what its tokens begin with. */
export interface Lease {
  /** Must outlast one call with its time in the queue: a result that comes later is not applied. */
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

/**
 * A call that has been under way for so long is the gateway's to answer: a process that took it a moment ago has not asked
 * anybody yet. Shorter than any deadline that is meant, longer than a gateway takes that answers.
 */
const ASKED_AFTER_MS = 500
/** What the token of a call begins with that nobody has, since its last try was answered with nothing. */
const PUT_OFF = 'again/'

export const tokenOf = ({ process }: Lease, turn: Turn): string => `${process}/${turn.idOf(0)}`
export const putOffToken = (turn: Turn): string => `${PUT_OFF}${turn.idOf(0)}`

/**
 * Whether the silence about a call is the gateway's: this process, which lives, has waited for an answer, or a try came
 * back without one. A call of another process may have died with it, and one that is due is nobody's.
 */
export const isWithGateway = ({ token, due_at }: Task, { process, leaseMs }: Lease, nowMs: number): boolean => {
  if (due_at <= nowMs) return false
  return token.startsWith(PUT_OFF) || (token.startsWith(`${process}/`) && nowMs >= due_at - leaseMs + ASKED_AFTER_MS)
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

/**
 * Makes a call the one the payment waits for, and this process its first caller. The token is a function of the input
 * and the process: a decision that runs again after a lost race makes the same one.
 */
export const beginCall = (
  payment: Payment,
  { key, kind }: { readonly key: string; readonly kind: CallKind },
  { rows, turn, lease }: { readonly rows: Rows; readonly turn: Turn; readonly lease: Lease },
): { readonly payment: Payment; readonly starts: CallStart } => {
  const body: CallBody = { orderId: payment.order_id, kind }
  const due_at = turn.nowMs + lease.leaseMs
  const task: Task = { id: key, kind: CALL_TASK, due_at, token: tokenOf(lease, turn), attempts: 0, body }
  rows.put(tasks, task)
  const calling = { ...payment, call: key }
  return { payment: calling, starts: callOf(calling, task) }
}
