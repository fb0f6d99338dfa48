import { MemoryRows, NOW_MS } from '@skald/testing'
import { type Product, products, type Stock, stocks } from '../src/stock/stock-tables.ts'

export const A = 'sku-a'
export const B = 'sku-b'
export const ORDER = 'order-1'

export const product = (sku: string, more: Partial<Product> = {}): Product => ({
  sku,
  name: `Product ${sku}`,
  amount: 1_000,
  currency: 'EUR',
  version: 1,
  updated_at: NOW_MS - 1,
  ...more,
})

/** Products with so many on hand. */
export const stock = (onHandBySku: Readonly<Record<string, number>>): MemoryRows => {
  const rows = new MemoryRows()
  for (const [sku, count] of Object.entries(onHandBySku)) {
    rows.put(products, product(sku))
    onHand(rows, sku, count)
  }
  return rows
}

export const onHand = (rows: MemoryRows, sku: string, on_hand: number, more: Partial<Stock> = {}): void =>
  rows.put(stocks, { sku, on_hand, reserved: 0, ...more })

/** On hand and reserved, by sku. */
export const stockOf = (rows: MemoryRows): Readonly<Record<string, readonly [number, number]>> =>
  Object.fromEntries(rows.all(stocks).map(({ sku, on_hand, reserved }) => [sku, [on_hand, reserved]]))
