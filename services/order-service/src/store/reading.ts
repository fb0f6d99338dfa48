import type { OrderClient } from '@skald/database/order'
import type { Pool } from 'pg'
import type { ProductCopy } from '../catalogue/catalogue-tables.ts'
import { ANNOUNCE_ORDER, announcementTaskId } from '../orders/announcements.ts'
import type { Order, OrderStatus, PricedLine } from '../orders/order-tables.ts'

export interface OrderFilter {
  readonly status?: OrderStatus | undefined
  readonly customerId?: string | undefined
}

/** Where a page ended: the sort key of its last order. */
export interface OrderPosition {
  readonly createdAtMs: number
  readonly orderId: string
}

export interface OrderPage {
  /** At most as many as asked for; fewer when some changed their status while the page was read. */
  readonly orders: readonly Order[]
  /** Absent when nothing follows. */
  readonly next?: OrderPosition
}

/** Looks outside any batch, for people: nothing is decided by them. */
export interface OrderReading {
  order(orderId: string): Promise<Order | undefined>
  /** Newest first, behind `after`. */
  page(filter: OrderFilter, after: OrderPosition | undefined, limit: number): Promise<OrderPage>
  product(sku: string): Promise<ProductCopy | undefined>
  hasProducts(): Promise<boolean>
}

interface Position {
  readonly order_id: string
  readonly created_at: Date
}

const NEWEST_FIRST = [{ created_at: 'desc' as const }, { order_id: 'desc' as const }]

/** The first condition says less than the second, but it alone bounds where the index is read. */
const behind = (after: OrderPosition | undefined) => {
  if (!after) return {}
  const created_at = new Date(after.createdAtMs)
  return {
    created_at: { lte: created_at },
    OR: [{ created_at: { lt: created_at } }, { order_id: { lt: after.orderId } }],
  }
}

const cut = <Row extends Position>(rows: readonly Row[], limit: number) => {
  const last = rows.length > limit ? rows[limit - 1] : undefined
  const next = last && { createdAtMs: last.created_at.getTime(), orderId: last.order_id }
  return { rows: rows.slice(0, limit), ...(next ? { next } : {}) }
}

type Written = NonNullable<Awaited<ReturnType<OrderClient['order']['findUnique']>>>

const orderOf = (row: Written): Order => ({
  ...row,
  items: JSON.parse(row.items) as readonly PricedLine[],
  total_amount: Number(row.total_amount),
  status: row.status as OrderStatus,
  cancel_requested_at: row.cancel_requested_at?.getTime() ?? null,
  created_at: row.created_at.getTime(),
  updated_at: row.updated_at.getTime(),
})

/** A pending order has the task of its announcement: as many rows as orders are pending, whatever has ended. */
const PENDING = `SELECT o.order_id, o.created_at FROM task t JOIN orders o ON o.order_id = substr(t.id, length($1) + 1)
  WHERE t.kind = $2 AND o.status = 'PENDING' AND ($3::timestamptz IS NULL OR (o.created_at, o.order_id) < ($3, $4))
  ORDER BY o.created_at DESC, o.order_id DESC LIMIT $5`

const pendingOrders = async (pool: Pool, after: OrderPosition | undefined, limit: number): Promise<Position[]> => {
  const position = [after ? new Date(after.createdAtMs) : null, after?.orderId ?? null]
  const values = [announcementTaskId(ANNOUNCE_ORDER, ''), ANNOUNCE_ORDER, ...position, limit]
  return (await pool.query<Position>(PENDING, values)).rows
}

/*
 * A status is not among the indexes of an order, since its change would move the row. Cancelled orders have a list of
 * their own, pending ones a task, and confirmed ones are found walking all orders, newest first.
 */
export const orderReading = (
  { order: orders, orderCancelled, productCopy }: OrderClient,
  pool: Pool,
): OrderReading => ({
  async order(orderId) {
    const row = await orders.findUnique({ where: { order_id: orderId } })
    return row ? orderOf(row) : undefined
  },
  async page({ status, customerId }, after, limit) {
    const query = { orderBy: NEWEST_FIRST, take: limit + 1 }
    if (status === undefined || status === 'CONFIRMED' || customerId !== undefined) {
      const where = { ...behind(after), ...(customerId && { customer_id: customerId }), ...(status && { status }) }
      const { rows, ...page } = cut(await orders.findMany({ where, ...query }), limit)
      return { ...page, orders: rows.map(orderOf) }
    }
    const listed =
      status === 'PENDING'
        ? await pendingOrders(pool, after, limit + 1)
        : await orderCancelled.findMany({ where: behind(after), ...query })
    const { rows, ...page } = cut(listed, limit)
    // One that moved on meanwhile is left out.
    const where = { status, order_id: { in: rows.map(({ order_id }) => order_id) } }
    const found = await orders.findMany({ where, orderBy: NEWEST_FIRST })
    return { ...page, orders: found.map(orderOf) }
  },
  async product(sku) {
    const row = await productCopy.findUnique({ where: { sku } })
    return row ? { ...row, amount: Number(row.amount), version: Number(row.version) } : undefined
  },
  hasProducts: async () => (await productCopy.findFirst({ select: { sku: true } })) !== null,
})
