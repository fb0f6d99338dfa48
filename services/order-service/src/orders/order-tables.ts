import { type RowRef, type Table, table } from '@skald/messaging'

export interface Money {
  readonly amount: number
  readonly currency: string
}

export interface PricedLine {
  readonly sku: string
  readonly quantity: number
  /** Of one piece, when the order was taken. */
  readonly price: Money
}

/** PENDING until its saga ends it, for ever CONFIRMED or CANCELLED then. */
export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'CANCELLED'

export interface Order {
  readonly order_id: string
  readonly saga_id: string
  readonly customer_id: string
  /** As the customer gave them: the same sku may stand in several lines. */
  readonly items: readonly PricedLine[]
  readonly total_amount: number
  readonly currency: string
  readonly payment_method: string | null
  readonly status: OrderStatus
  /** Why it was CANCELLED. */
  readonly reason: string | null
  /** When the customer first asked for it to be cancelled. */
  readonly cancel_requested_at: number | null
  /** Also the time of its `order.created.v1`, for ever. */
  readonly created_at: number
  readonly updated_at: number
}

/** For lists of cancelled orders. */
export interface CancelledOrder {
  readonly order_id: string
  readonly created_at: number
}

/** What a request with an Idempotency-Key was answered. */
export interface Answered {
  readonly key: string
  readonly body_digest: string
  readonly order_id: string
  readonly response: unknown
  readonly created_at: number
}

export const orders: Table<Order> = table<Order>({
  name: 'orders',
  key: 'order_id',
  columns: {
    order_id: 'text',
    saga_id: 'text',
    customer_id: 'text',
    items: 'json',
    total_amount: 'bigint',
    currency: 'text',
    payment_method: 'text',
    status: 'text',
    reason: 'text',
    cancel_requested_at: 'time',
    created_at: 'time',
    updated_at: 'time',
  },
  remember: 'written',
})

/** Blind: whoever writes it holds the order's row. */
export const cancelledOrders: Table<CancelledOrder> = table<CancelledOrder>({
  name: 'order_cancelled',
  key: 'order_id',
  columns: { order_id: 'text', created_at: 'time' },
  blind: 'keep',
})

export const idempotency: Table<Answered> = table<Answered>({
  name: 'idempotency',
  key: 'key',
  columns: { key: 'text', body_digest: 'text', order_id: 'text', response: 'json', created_at: 'time' },
})

export const orderRow = (orderId: string): RowRef => ({ table: orders, key: orderId })
export const idempotencyRow = (key: string): RowRef => ({ table: idempotency, key })
