import { type DataOf, orderFail, orderFailed } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { answer, unknownOrder } from '../orders/ending.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

/** Publishes that the order's saga waits for a person. The order itself stays as it is: it may still end either way. */
export const failOrder: Handler<DataOf<typeof orderFail>> = {
  type: orderFail.type,
  rows: ({ data: { orderId } }) => [orderRow(orderId)],
  decide: ({ data }, rows) => (rows.get(orders, data.orderId) ? answer(orderFailed(data)) : unknownOrder(data.orderId)),
}
