import {
  inventoryFailed,
  inventoryReleased,
  inventoryReserved,
  orderCancelRequested,
  orderCreated,
  paymentConfirmed,
  paymentFailed,
  paymentRefunded,
  paymentRefundFailed,
  paymentVoided,
} from '@skald/contracts'
import { type Happens, specification, timerPasses } from '@skald/saga'
import { orderSaga } from '../src/sagas/order.saga.ts'

/* One order, what can be heard about it, and how far its saga has come by then. */

export const definition = orderSaga({ stepTimeoutMs: 30_000, undoAttempts: 3, undoBackoffMs: 1000 })
export const order = specification(definition)

export const orderId = 'order-1'
export const amount = { amount: 2000, currency: 'EUR' }
export const items = [{ sku: 'tea', quantity: 2 }]
export const created = orderCreated({
  orderId,
  customerId: 'customer-1',
  items: [{ sku: 'tea', quantity: 2, price: { amount: 1000, currency: 'EUR' } }],
  total: amount,
  paymentMethod: 'sim_approved',
})
export const reserved = inventoryReserved({ orderId })
export const outOfStock = inventoryFailed({
  orderId,
  reason: 'out of stock',
  missing: [{ sku: 'tea', requested: 2, available: 1 }],
})
export const confirmed = paymentConfirmed({ orderId, amount })
export const declined = paymentFailed({ orderId, reason: 'card declined' })
export const refunded = paymentRefunded({ orderId, amount })
export const voided = paymentVoided({ orderId })
export const refundFailed = paymentRefundFailed({ orderId, amount, reason: 'gateway says no' })
export const released = inventoryReleased({ orderId })
export const cancelRequested = orderCancelRequested({ orderId, reason: 'changed my mind' })

export const toPayment = order.given(created, reserved)
export const toCompleting = toPayment.given(confirmed)
export const toRefunding = toPayment.given(timerPasses('paymentDeadline'))
export const toReleasing = order.given(created, timerPasses('stockDeadline'))
export const toCancelling = order.given(created, outOfStock)
export const refusedTwice: Happens[] = [
  refundFailed,
  timerPasses('refundBackoff'),
  refundFailed,
  timerPasses('refundBackoff'),
]
