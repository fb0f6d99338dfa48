/** What is said about payments, and what the saga asks of payment-service. */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { gatewayReference, id, money, paymentMethod, reason } from './pieces.ts'

const ofOrder = ({ orderId }: { readonly orderId: string }): string => orderId
const from = 'payment-service'
const asked = { from: 'saga-coordinator', to: 'payment-service' }

export const paymentConfirmed = event(
  'payment.confirmed.v1',
  z.strictObject({ orderId: id, amount: money, gatewayReference: gatewayReference.optional() }),
  { subject: ofOrder, from, about: 'The amount was charged.' },
)

export const paymentFailed = event('payment.failed.v1', z.strictObject({ orderId: id, reason }), {
  subject: ofOrder,
  from,
  about: 'Nothing was charged, and nothing will be: declined, or undone before it was done.',
})

export const paymentRefunded = event('payment.refunded.v1', z.strictObject({ orderId: id, amount: money }), {
  subject: ofOrder,
  from,
  about: 'What was charged was given back.',
})

export const paymentVoided = event('payment.voided.v1', z.strictObject({ orderId: id }), {
  subject: ofOrder,
  from,
  about: 'Nothing had been charged, and a charge that arrives late will be refused.',
})

export const paymentRefundFailed = event(
  'payment.refund-failed.v1',
  z.strictObject({ orderId: id, amount: money, reason }),
  { subject: ofOrder, from, about: 'The gateway definitely refused to give the amount back; the charge stands.' },
)

export const paymentCharge = command(
  'payment.charge.v1',
  z.strictObject({ orderId: id, amount: money, paymentMethod: paymentMethod.optional() }),
  {
    subject: ofOrder,
    ...asked,
    about: 'Charge the amount, once.',
    replies: { success: [paymentConfirmed], failure: [paymentFailed] },
  },
)

export const paymentRefund = command('payment.refund.v1', z.strictObject({ orderId: id, amount: money.optional() }), {
  subject: ofOrder,
  ...asked,
  about: 'See to it that nothing is charged: stop a charge under way, give back one that was made, refuse one to come.',
  replies: { success: [paymentRefunded, paymentVoided], failure: [paymentRefundFailed] },
  undoes: paymentCharge,
})
