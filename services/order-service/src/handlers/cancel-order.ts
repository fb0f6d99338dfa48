import { type DataOf, orderCancel, orderCancelled } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { answer, end, endedOtherwise, unknownOrder } from '../orders/ending.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

/** Asked again, also by another command, it answers with the first reason: an order is cancelled once. */
export const cancelOrder: Handler<DataOf<typeof orderCancel>> = {
  type: orderCancel.type,
  rows: ({ data: { orderId } }) => [orderRow(orderId)],
  decide({ data: { orderId, reason } }, rows, { nowMs }) {
    const order = rows.get(orders, orderId)
    if (!order) return unknownOrder(orderId)
    if (order.status === 'CONFIRMED') return endedOtherwise(order)
    if (order.status === 'PENDING') end(rows, order, 'CANCELLED', reason, nowMs)
    return answer(orderCancelled({ orderId, reason: order.reason ?? reason }))
  },
}
