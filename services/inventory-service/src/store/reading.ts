import type { Pool } from 'pg'
import type { Line, Product, Reservation, Stock } from '../stock/stock-tables.ts'

export type ProductWithStock = Product & Stock

/** Looks outside any batch: for people, and for commands that name no keys. Old by the time they are used. */
export interface StockReading {
  product(sku: string): Promise<ProductWithStock | undefined>
  /** In the order of skus, behind `after`. */
  products(after: string | undefined, limit: number): Promise<readonly ProductWithStock[]>
  reservation(orderId: string): Promise<Reservation | undefined>
  /** What was to be held for an order; nothing for an unknown one. */
  reservedItems(orderId: string): Promise<readonly Line[]>
}

// Numbers that cannot exceed 2^53: as double precision the driver gives them as numbers, bigint as text.
const PRODUCT = `SELECT sku, name, amount::float8, currency, version::float8, on_hand::float8, reserved::float8,
  date_part('epoch', updated_at) * 1000 AS updated_at FROM product JOIN stock USING (sku)`

const BY_SKU = `${PRODUCT} WHERE sku = $1`
const FIRST = `${PRODUCT} ORDER BY sku LIMIT $1`
const BEHIND = `${PRODUCT} WHERE sku > $2 ORDER BY sku LIMIT $1`
const RESERVATION = `SELECT order_id, status, items, missing, date_part('epoch', updated_at) * 1000 AS updated_at
  FROM reservation WHERE order_id = $1`

type Written = Omit<Reservation, 'items' | 'missing'> & Readonly<Record<'items' | 'missing', string>>

export const stockReading = (pool: Pool): StockReading => {
  const reservation = async (orderId: string): Promise<Reservation | undefined> => {
    const { rows } = await pool.query<Written>(RESERVATION, [orderId])
    return rows.map((row) => ({ ...row, items: JSON.parse(row.items), missing: JSON.parse(row.missing) }))[0]
  }
  return {
    async product(sku) {
      const { rows } = await pool.query<ProductWithStock>(BY_SKU, [sku])
      return rows[0]
    },
    async products(after, limit) {
      const found =
        after === undefined
          ? await pool.query<ProductWithStock>(FIRST, [limit])
          : await pool.query<ProductWithStock>(BEHIND, [limit, after])
      return found.rows
    },
    reservation,
    async reservedItems(orderId) {
      return (await reservation(orderId))?.items ?? []
    },
  }
}
