import { type RowRef, type Table, table } from '@skald/messaging'

/** What customers see of a product. */
export interface Product {
  readonly sku: string
  readonly name: string
  readonly amount: number
  readonly currency: string
  /** Counts changes of name and price, from 1. */
  readonly version: number
  readonly updated_at: number
}

/** How many there are of a product. What may be sold is `on_hand` less `reserved`. Each product has its row. */
export interface Stock {
  readonly sku: string
  readonly on_hand: number
  /** The sum of all reservations that are HELD; never above `on_hand`. */
  readonly reserved: number
}

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export interface Missing {
  readonly sku: string
  readonly requested: number
  readonly available: number
}

/**
 * HELD: its items are part of `reserved`. COMMITTED: they left the stock. RELEASED: nothing is held, and never will be.
 * REJECTED: there was not enough.
 */
export type ReservationStatus = 'HELD' | 'COMMITTED' | 'RELEASED' | 'REJECTED'

/** What became of an order's stock. Kept for ever: whatever is asked about the order again is answered from it. */
export interface Reservation {
  readonly order_id: string
  readonly status: ReservationStatus
  /** One line a sku; none when the release came before the reserve. */
  readonly items: readonly Line[]
  /** Why it was REJECTED; empty otherwise. */
  readonly missing: readonly Missing[]
  readonly updated_at: number
}

/** A change of stock by a person, kept with its reason. */
export interface Adjustment {
  /** The Idempotency-Key of the request, or an id of its own. */
  readonly id: string
  readonly sku: string
  readonly quantity: number
  readonly reason: string
  /** Of the request, to tell a repeat from another request with the same key. */
  readonly body_digest: string
  /** What the request was answered with. */
  readonly response: unknown
  readonly at: number
}

export const products: Table<Product> = table<Product>({
  name: 'product',
  key: 'sku',
  columns: { sku: 'text', name: 'text', amount: 'bigint', currency: 'text', version: 'bigint', updated_at: 'time' },
})

export const stocks: Table<Stock> = table<Stock>({
  name: 'stock',
  key: 'sku',
  columns: { sku: 'text', on_hand: 'bigint', reserved: 'bigint' },
  remember: 'written',
})

export const reservations: Table<Reservation> = table<Reservation>({
  name: 'reservation',
  key: 'order_id',
  columns: {
    order_id: 'text',
    status: 'text',
    items: 'json',
    missing: 'json',
    updated_at: 'time',
  },
  remember: 'written',
})

export const adjustments: Table<Adjustment> = table<Adjustment>({
  name: 'adjustment',
  key: 'id',
  columns: {
    id: 'text',
    sku: 'text',
    quantity: 'bigint',
    reason: 'text',
    body_digest: 'text',
    response: 'json',
    at: 'time',
  },
})

export const productRow = (sku: string): RowRef => ({ table: products, key: sku })
export const stockRow = (sku: string): RowRef => ({ table: stocks, key: sku })
export const adjustmentRow = (id: string): RowRef => ({ table: adjustments, key: id })

/** The reservation of an order and the stock of these lines. */
export const reservationRows = (orderId: string, items: readonly Line[] = []): readonly RowRef[] => [
  { table: reservations, key: orderId },
  ...items.map(({ sku }) => stockRow(sku)),
]
