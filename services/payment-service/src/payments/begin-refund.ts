import type { Rows, Turn } from '@skald/messaging'
import { beginCall, type Lease } from '../calls/call.ts'
import { keyOf, type Payment, refusedRefunds, withTransaction } from './payment.ts'

/** Gives back what was charged, under a new key after each definite refusal: the gateway would repeat its no under the old one. */
export const beginRefund = (payment: Payment, context: { rows: Rows; turn: Turn; lease: Lease }) => {
  const key = keyOf(payment.order_id, 'refund', refusedRefunds(payment))
  const refunding = withTransaction(payment, key, { kind: 'refund', status: 'PENDING', atMs: context.turn.nowMs })
  return beginCall(refunding, { key, kind: 'refund' }, context)
}
