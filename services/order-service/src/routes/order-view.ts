import type { Money, Order, OrderStatus, PricedLine } from '../orders/order-tables.ts'

/** An order as the outside sees it. */
export interface OrderView {
  readonly orderId: string
  readonly sagaId: string
  readonly customerId: string
  readonly items: PricedLine[]
  readonly total: Money
  readonly status: OrderStatus
  readonly reason?: string
  readonly createdAt: string
  readonly updatedAt: string
}

const timeOf = (ms: number): string => new Date(ms).toISOString()

export const viewOf = (order: Order): OrderView => ({
  orderId: order.order_id,
  sagaId: order.saga_id,
  customerId: order.customer_id,
  items: [...order.items],
  total: { amount: order.total_amount, currency: order.currency },
  status: order.status,
  ...(order.reason === null ? {} : { reason: order.reason }),
  createdAt: timeOf(order.created_at),
  updatedAt: timeOf(order.updated_at),
})
