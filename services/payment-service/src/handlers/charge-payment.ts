import { type DataOf, paymentCharge, paymentFailed } from '@skald/contracts'
import { type Decision, type Handler, type Rows, type Turn, tasks } from '@skald/messaging'
import { beginCall, isWithGateway, type Lease, type StartsCall } from '../calls/call.ts'
import { type ChargeReply, confirmed, join, refuseToJoin, repeatOfOpen } from '../payments/open-commands.ts'
import { chargeKeyOf, type Payment, payments, totalOf, transactionOf, withTransaction } from '../payments/payment.ts'

type Charge = DataOf<typeof paymentCharge>

const newPayment = ({ orderId, amount, paymentMethod }: Charge, { nowMs }: Turn): Payment => {
  const blank: Payment = {
    order_id: orderId,
    status: 'PENDING',
    amount: amount.amount,
    currency: amount.currency,
    payment_method: paymentMethod ?? null,
    undone: false,
    call: null,
    transactions: [],
    open_commands: [],
    created_at: nowMs,
    updated_at: nowMs,
  }
  return withTransaction(blank, chargeKeyOf(orderId), { kind: 'charge', status: 'PENDING', atMs: nowMs })
}

/** What a charge is told that comes when its payment is decided, or undone. */
const fromRecord = (payment: Payment): ChargeReply | undefined => {
  const orderId = payment.order_id
  const charge = transactionOf(payment, chargeKeyOf(orderId))
  if (payment.undone) return paymentFailed({ orderId, reason: 'it was cancelled before this charge came' })
  if (payment.status === 'FAILED') return paymentFailed({ orderId, reason: charge?.reason ?? 'refused' })
  if (payment.status !== 'CONFIRMED') return undefined
  return confirmed(payment)
}

/** One order is charged one amount: a second charge of another one is a fault of its sender, and confirming it would be a lie. */
const otherAmount = ({ amount }: Charge, payment: Payment): Decision | undefined => {
  const total = totalOf(payment)
  if (!total || payment.undone || (total.amount === amount.amount && total.currency === amount.currency))
    return undefined
  const detail = `order ${payment.order_id} is charged ${total.amount} ${total.currency}, not ${amount.amount} ${amount.currency}`
  return { refuse: { reason: 'other-amount', detail } }
}

/**
 * The command stays open. A saga gives up when its last questions are acked and nothing is said, so the ack of a question must mean
 * that the gateway is silent: until then it comes again. Whoever made the call may have died with it.
 */
const staysOpen = ({ orderId }: Charge, rows: Rows, { repeat, nowMs }: Turn, lease: Lease): Decision => {
  const call = rows.get(tasks, chargeKeyOf(orderId))
  const redeliver = repeat > 0 && call !== undefined && !isWithGateway(call, lease, nowMs)
  return redeliver ? { open: true, redeliver } : { open: true }
}

/** Charges an order once. The command stays open until the gateway decided; see DESIGN.md. */
export const chargePayment = (lease: Lease): Handler<Charge> => ({
  type: paymentCharge.type,
  rows: ({ data: { orderId } }) => [
    { table: payments, key: orderId, fresh: true },
    { table: tasks, key: chargeKeyOf(orderId), fresh: true },
  ],
  decide: (message, rows, turn): Decision => {
    const { data } = message
    const known = rows.get(payments, data.orderId)
    if (!known) {
      const call = { key: chargeKeyOf(data.orderId), kind: 'charge' as const }
      const { payment, starts } = beginCall(newPayment(data, turn), call, { rows, turn, lease })
      rows.put(payments, join(payment, message, turn))
      return { ...staysOpen(data, rows, turn, lease), reply: { starts } satisfies StartsCall }
    }
    const repeat = repeatOfOpen(known, message, turn)
    if (repeat) return repeat.refuse ? repeat : staysOpen(data, rows, turn, lease)
    const other = otherAmount(data, known)
    if (other) return other
    const reply = fromRecord(known)
    if (reply) return { says: [reply] }
    const refuse = refuseToJoin(known)
    if (refuse) return { refuse }
    rows.put(payments, { ...join(known, message, turn), updated_at: turn.nowMs })
    return staysOpen(data, rows, turn, lease)
  },
})
