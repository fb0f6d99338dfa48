import type { Decision, Rows, Said } from '@skald/messaging'
import { endAnnouncements } from './announcements.ts'
import { cancelledOrders, type Order, orders } from './order-tables.ts'

/** Ends a PENDING order for ever. */
export const end = (
  rows: Rows,
  order: Order,
  status: 'CONFIRMED' | 'CANCELLED',
  reason: string | null,
  nowMs: number,
): void => {
  rows.put(orders, { ...order, status, reason, updated_at: nowMs })
  if (status === 'CANCELLED') {
    rows.put(cancelledOrders, { order_id: order.order_id, created_at: order.created_at })
  }
  endAnnouncements(rows, order)
}

export const answer = (said: Said): Decision => ({ says: [said] })

/** A command about an order that this service never took. */
export const unknownOrder = (orderId: string): Decision => ({
  refuse: { reason: 'unknown-order', detail: `there is no order ${orderId}; orders are made by POST /orders` },
})

/** A saga ends its order one way. A command to end it the other way is a mistake that no answer would tell the truth about. */
export const endedOtherwise = ({ order_id, status }: Order): Decision => ({
  refuse: { reason: 'ended-otherwise', detail: `order ${order_id} is ${status} for ever` },
})
