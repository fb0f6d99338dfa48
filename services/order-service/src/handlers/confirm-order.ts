import { type DataOf, orderConfirm, orderConfirmed } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { answer, end, endedOtherwise, unknownOrder } from '../orders/ending.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

export const confirmOrder: Handler<DataOf<typeof orderConfirm>> = {
  type: orderConfirm.type,
  rows: ({ data: { orderId } }) => [orderRow(orderId)],
  decide({ data: { orderId } }, rows, { nowMs }) {
    const order = rows.get(orders, orderId)
    if (!order) return unknownOrder(orderId)
    if (order.status === 'CANCELLED') return endedOtherwise(order)
    if (order.status === 'PENDING') end(rows, order, 'CONFIRMED', null, nowMs)
    return answer(orderConfirmed({ orderId }))
  },
}
