import type { Pool } from 'pg'
import type { ProductCopy } from '../catalogue/catalogue-tables.ts'
import type { Order, OrderStatus } from '../orders/order-tables.ts'

export interface OrderFilter {
  readonly status?: OrderStatus | undefined
  readonly customerId?: string | undefined
}

/** Where a page ended: the sort key of its last order. */
export interface OrderPosition {
  readonly createdAtMs: number
  readonly orderId: string
}

/** Looks outside any batch, for people: nothing is decided by them. */
export interface OrderReading {
  order(orderId: string): Promise<Order | undefined>
  /** Newest first, behind `after`. */
  list(filter: OrderFilter, after: OrderPosition | undefined, limit: number): Promise<readonly Order[]>
  product(sku: string): Promise<ProductCopy | undefined>
  hasProducts(): Promise<boolean>
}

const MS = (column: string): string => `date_part('epoch', o.${column}) * 1000 AS ${column}`

// Numbers that cannot exceed 2^53: as double precision the driver gives them as numbers, bigint as text.
const ORDER = `o.order_id, o.saga_id, o.customer_id, o.items, o.total_amount::float8, o.currency, o.payment_method,
  o.status, o.reason, ${MS('cancel_requested_at')}, ${MS('created_at')}, ${MS('updated_at')}`

const BY_ID = `SELECT ${ORDER} FROM orders AS o WHERE o.order_id = $1`

/** Each condition has an index that ends with the order of the list; a status alone is found in its narrow table. */
const listQuery = ({ status, customerId }: OrderFilter, after: OrderPosition | undefined, limit: number) => {
  const values: unknown[] = []
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const narrow = status !== undefined && customerId === undefined
  const listed = narrow ? 'l' : 'o'
  const conditions: string[] = []
  if (status !== undefined) conditions.push(`${listed}.status = ${parameter(status)}`)
  if (customerId !== undefined) conditions.push(`o.customer_id = ${parameter(customerId)}`)
  if (after) {
    const created = `to_timestamp(${parameter(after.createdAtMs)}::float8 / 1000)`
    conditions.push(`(${listed}.created_at, ${listed}.order_id) < (${created}, ${parameter(after.orderId)})`)
  }
  const text = `SELECT ${ORDER} FROM ${narrow ? 'order_list AS l JOIN orders AS o USING (order_id)' : 'orders AS o'}
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
    ORDER BY ${listed}.created_at DESC, ${listed}.order_id DESC LIMIT ${parameter(limit)}`
  return { text, values }
}

const PRODUCT = 'SELECT sku, name, amount::float8, currency, version::float8 FROM product_copy WHERE sku = $1'
const HAS_PRODUCTS = 'SELECT EXISTS (SELECT FROM product_copy) AS found'

type Written = Omit<Order, 'items'> & { readonly items: string }

const orderOf = (row: Written): Order => ({ ...row, items: JSON.parse(row.items) })

export const orderReading = (pool: Pool): OrderReading => ({
  async order(orderId) {
    const { rows } = await pool.query<Written>(BY_ID, [orderId])
    return rows.map(orderOf)[0]
  },
  async list(filter, after, limit) {
    const { text, values } = listQuery(filter, after, limit)
    const { rows } = await pool.query<Written>(text, values)
    return rows.map(orderOf)
  },
  async product(sku) {
    const { rows } = await pool.query<ProductCopy>(PRODUCT, [sku])
    return rows[0]
  },
  async hasProducts() {
    const { rows } = await pool.query<{ found: boolean }>(HAS_PRODUCTS)
    return rows[0]?.found === true
  },
})
