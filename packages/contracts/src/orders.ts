/** What is said about orders, and what the saga asks of order-service. */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { id, lines, money, name, paymentMethod, pricedLine, reason } from './pieces.ts'

const order = z.strictObject({ orderId: id })
const orderWithReason = z.strictObject({ orderId: id, reason })
const ofOrder = ({ orderId }: { readonly orderId: string }): string => orderId

const from = 'order-service'
const asked = { from: 'saga-coordinator', to: 'order-service' }

export const orderCreated = event(
  'order.created.v1',
  z.strictObject({
    orderId: id,
    sagaId: id.describe('The id of its saga, which is the correlation of the message.').optional(),
    customerId: id,
    items: lines(pricedLine),
    total: money,
    paymentMethod: paymentMethod.optional(),
  }),
  { subject: ofOrder, from, about: 'An order was taken and is durable; its saga starts.' },
)

export const orderConfirmed = event('order.confirmed.v1', order, {
  subject: ofOrder,
  from,
  about: 'The order ended well: its stock is taken and its payment confirmed.',
})

export const orderCancelled = event('order.cancelled.v1', orderWithReason, {
  subject: ofOrder,
  from,
  about: 'The order ended without effect: whatever was done for it is undone.',
})

export const orderFailed = event(
  'order.failed.v1',
  z.strictObject({ orderId: id, reason, effect: name.optional(), amount: money.optional() }),
  {
    subject: ofOrder,
    from,
    about: 'The saga of the order cannot go on by itself and waits for a person; the order has not ended.',
  },
)

export const orderCancelRequested = event(
  'order.cancel-requested.v1',
  z.strictObject({ orderId: id, reason: reason.optional() }),
  {
    subject: ofOrder,
    from,
    about: 'Somebody wants the order cancelled; that is granted until the payment is confirmed.',
  },
)

export const orderConfirm = command('order.confirm.v1', order, {
  subject: ofOrder,
  ...asked,
  about: 'End the order as confirmed.',
  replies: { success: [orderConfirmed], failure: [] },
})

export const orderCancel = command('order.cancel.v1', orderWithReason, {
  subject: ofOrder,
  ...asked,
  about: 'End the order as cancelled.',
  replies: { success: [orderCancelled], failure: [] },
})

export const orderFail = command(
  'order.fail.v1',
  z.strictObject({ orderId: id, reason, effect: name, amount: money.optional() }),
  {
    subject: ofOrder,
    ...asked,
    about: 'Publish that a person is needed: which effect could be neither done nor undone, and for how much.',
    replies: { success: [orderFailed], failure: [] },
  },
)
