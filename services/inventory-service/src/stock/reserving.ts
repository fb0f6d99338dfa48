/**
 * What may happen to the stock of an order. An order has one reservation, for ever:
 *
 *   none -> HELD -> COMMITTED        none -> REJECTED
 *             \---> RELEASED         none -> RELEASED (the release overtook its reserve, which is then refused)
 */
import type { Rows } from '@skald/messaging'
import { type Line, type Missing, type Reservation, reservations, type Stock, stocks } from './stock-tables.ts'

/** Holds all items or none, and records which. Only for an order without a reservation. */
export const hold = (rows: Rows, orderId: string, lines: readonly Line[], nowMs: number): Reservation => {
  const items = summed(lines)
  const missing = items.flatMap((line) => shortage(rows.get(stocks, line.sku), line))
  const status = missing.length === 0 ? 'HELD' : 'REJECTED'
  if (status === 'HELD') change(rows, items, (stock, quantity) => ({ reserved: stock.reserved + quantity }))
  const reservation = { order_id: orderId, status, items, missing, updated_at: nowMs } as const
  rows.put(reservations, reservation)
  return reservation
}

/** Gives back what a HELD reservation holds. */
export const release = (rows: Rows, held: Reservation, nowMs: number): void => {
  change(rows, held.items, (stock, quantity) => ({ reserved: stock.reserved - quantity }))
  rows.put(reservations, { ...held, status: 'RELEASED', updated_at: nowMs })
}

/** Leaves the mark of a release that came first: the reserve that comes late finds it and holds nothing. */
export const releaseBeforehand = (rows: Rows, orderId: string, nowMs: number): void => {
  rows.put(reservations, { order_id: orderId, status: 'RELEASED', items: [], missing: [], updated_at: nowMs })
}

/** Takes what a HELD reservation holds out of the stock. */
export const commit = (rows: Rows, held: Reservation, nowMs: number): void => {
  change(rows, held.items, (stock, quantity) => ({
    on_hand: stock.on_hand - quantity,
    reserved: stock.reserved - quantity,
  }))
  rows.put(reservations, { ...held, status: 'COMMITTED', updated_at: nowMs })
}

/** Whether these lines name every product that the reservation holds. */
export const namesAllOf = (lines: readonly Line[], { items }: Reservation): boolean => {
  const named = new Set(lines.map(({ sku }) => sku))
  return items.every(({ sku }) => named.has(sku))
}

/** One line a sku, in the order in which skus are first named. */
const summed = (lines: readonly Line[]): readonly Line[] => {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

const shortage = (stock: Stock | undefined, { sku, quantity }: Line): readonly Missing[] => {
  const available = stock ? stock.on_hand - stock.reserved : 0
  return available < quantity ? [{ sku, requested: quantity, available }] : []
}

const change = (rows: Rows, items: readonly Line[], by: (stock: Stock, quantity: number) => Partial<Stock>): void => {
  for (const { sku, quantity } of items) {
    const stock = rows.get(stocks, sku)
    if (!stock) throw new Error(`${sku} is part of a reservation but has no stock`)
    const changed = { ...stock, ...by(stock, quantity) }
    if (changed.reserved < 0 || changed.reserved > changed.on_hand) {
      throw new Error(`${sku} would have ${changed.on_hand} on hand and ${changed.reserved} reserved`)
    }
    rows.put(stocks, changed)
  }
}
