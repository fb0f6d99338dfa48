import { type DataOf, paymentRefund, paymentRefunded, paymentVoided } from '@skald/contracts'
import { type Decision, type Handler, type Rows, type Turn, tasks } from '@skald/messaging'
import { beginCall, type Lease, type StartsCall } from '../calls/call.ts'
import { beginRefund } from '../payments/begin-refund.ts'
import { join, type RefundReply, refuseToJoin, repeatOfOpen } from '../payments/open-commands.ts'
import { chargedAmountOf, keyOf, type Payment, payments } from '../payments/payment.ts'

type Refund = DataOf<typeof paymentRefund>

/** The undo came first. Its row keeps the charge from ever being made, whenever that comes. */
const tombstone = ({ orderId, amount }: Refund, { nowMs }: Turn): Payment => ({
  order_id: orderId,
  status: 'PENDING',
  amount: amount?.amount ?? null,
  currency: amount?.currency ?? null,
  payment_method: null,
  undone: true,
  call: null,
  transactions: [],
  open_commands: [],
  created_at: nowMs,
  updated_at: nowMs,
})

/** What an undo is told when nothing is left to undo. A charge that was refused took nothing, so it is as good as voided. */
const fromRecord = (payment: Payment): RefundReply | undefined => {
  const orderId = payment.order_id
  if (payment.status === 'REFUNDED') return paymentRefunded({ orderId, amount: chargedAmountOf(payment) })
  if (payment.status === 'VOIDED' || payment.status === 'FAILED') return paymentVoided({ orderId })
  return undefined
}

/**
 * Stops a charge under way, or keeps one from starting, and asks the gateway to cancel it. The charge's task goes, so
 * that nobody makes that call again and no result of it is applied: the gateway alone decides who was first.
 */
const beginCancel = (payment: Payment, context: { rows: Rows; turn: Turn; lease: Lease }) => {
  if (payment.call !== null) context.rows.delete(tasks, payment.call)
  return beginCall(payment, { key: keyOf(payment.order_id, 'void', 0), kind: 'void' }, context)
}

/** Sees to it that an order is not charged: cancels, refunds, or does nothing, as the payment's record says. Never charges. */
export const refundPayment = (lease: Lease): Handler<Refund> => ({
  type: paymentRefund.type,
  rows: ({ data }) => [{ table: payments, key: data.orderId }],
  decide: (message, rows, turn): Decision => {
    const payment = rows.get(payments, message.data.orderId) ?? tombstone(message.data, turn)
    const repeat = repeatOfOpen(payment, message, turn)
    if (repeat) return repeat
    const reply = fromRecord(payment)
    if (reply) return { says: [reply] }
    const refuse = refuseToJoin(payment)
    if (refuse) return { refuse }
    const joined = { ...join(payment, message, turn), undone: true, updated_at: turn.nowMs }
    if (payment.undone && payment.call !== null) {
      rows.put(payments, joined)
      return { open: true }
    }
    const begin = payment.status === 'CONFIRMED' ? beginRefund : beginCancel
    const begun = begin(joined, { rows, turn, lease })
    rows.put(payments, begun.payment)
    return { open: true, reply: { starts: begun.starts } satisfies StartsCall }
  },
})
