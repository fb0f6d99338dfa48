import { withClient } from '@skald/servers'
import { urlsOf } from '../verification/databases.ts'
import type { Purchase } from './customers.ts'

/** How an order ended, by order-service's own table. */
export interface OrderEnd {
  readonly orderId: string
  readonly status: string
  readonly reason: string
  readonly endedAtMs: number
}

interface OrderRow {
  readonly order_id: string
  readonly status: string
  readonly reason: string | null
  readonly updated_ms: number
}

interface PendingRow {
  readonly order_id: string
  readonly since: string
}

interface LiveRow {
  readonly business_key: string
  readonly status: string
  readonly state: string
  readonly asked: string
  readonly wake: string | null
}

interface ProductRow {
  readonly sku: string
  readonly amount: string
  readonly version: string
}

const ORDERS = `SELECT order_id, status, reason, (extract(epoch FROM updated_at) * 1000)::float8 AS updated_ms FROM orders`
const PENDING =
  'SELECT count(*)::int AS count FROM orders WHERE status = $1 AND created_at <= to_timestamp($2 / 1000.0)'
const LIVE =
  "SELECT count(*)::int AS count FROM saga WHERE ended_at IS NULL AND definition <> '' AND started_at <= to_timestamp($1 / 1000.0)"

/** So many are named. */
const NAMED = 10
const PENDING_ORDERS = `SELECT order_id, updated_at::text AS since FROM orders
  WHERE status = 'PENDING' AND created_at <= to_timestamp($1 / 1000.0) ORDER BY created_at LIMIT ${NAMED}`
const LIVE_SAGAS = `SELECT business_key, status, state::json ->> 'value' AS state, asked::text AS asked, wake_at::text AS wake
  FROM saga WHERE ended_at IS NULL AND definition <> '' AND started_at <= to_timestamp($1 / 1000.0)
  ORDER BY started_at LIMIT ${NAMED}`

/** What the databases of the system in a folder say. */
export class Oracle {
  readonly #urls: ReturnType<typeof urlsOf>

  constructor(home: string) {
    this.#urls = urlsOf({ SKALD_HOME: home })
  }

  /** Orders and sagas that began before a moment and have not ended. */
  async underWaySince(ms: number): Promise<number> {
    const count = async (url: string, sql: string, values: readonly unknown[]): Promise<number> =>
      withClient(url, async (client) => (await client.query<{ count: number }>(sql, [...values])).rows[0]?.count ?? 0)
    const [orders, sagas] = await Promise.all([
      count(this.#urls.order, PENDING, ['PENDING', ms]),
      count(this.#urls.saga, LIVE, [ms]),
    ])
    return orders + sagas
  }

  /** The first of them, and what they are at. */
  async namesUnderWaySince(ms: number): Promise<readonly string[]> {
    const [orders, sagas] = await Promise.all([
      rowsOf<PendingRow>(this.#urls.order, PENDING_ORDERS, [ms]),
      rowsOf<LiveRow>(this.#urls.saga, LIVE_SAGAS, [ms]),
    ])
    return [
      ...orders.map(({ order_id, since }) => `order ${order_id}, not changed since ${since}`),
      ...sagas.map(
        ({ business_key, status, state, asked, wake }) =>
          `the saga of ${business_key}, ${status} at ${state}, asked ${asked}, looked at again at ${wake}`,
      ),
    ]
  }

  async orders(): Promise<ReadonlyMap<string, OrderEnd>> {
    const rows = await rowsOf<OrderRow>(this.#urls.order, ORDERS)
    return new Map(
      rows.map(({ order_id, status, reason, updated_ms }) => [
        order_id,
        { orderId: order_id, status, reason: reason ?? '', endedAtMs: updated_ms },
      ]),
    )
  }

  /** Products of which order-service does not know what inventory-service says. */
  async staleProducts(): Promise<readonly string[]> {
    const sql = (table: string): string => `SELECT sku, amount::text, version::text FROM ${table}`
    const copies = await rowsOf<ProductRow>(this.#urls.order, sql('product_copy'))
    const known = new Map(copies.map(({ sku, amount, version }) => [sku, `${amount}, version ${version}`]))
    const products = await rowsOf<ProductRow>(this.#urls.inventory, sql('product'))
    return products
      .map(({ sku, amount, version }) => [sku, `${amount}, version ${version}`] as const)
      .filter(([sku, says]) => known.get(sku) !== says)
      .map(([sku, says]) => `${sku} is ${known.get(sku) ?? 'unknown'} for order-service, ${says} for inventory-service`)
  }
}

const rowsOf = <Row extends object>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> => withClient(url, async (client) => (await client.query<Row>(sql, [...values])).rows)

/** What is wrong with the orders, by what the customers know, as sentences. */
export const wrongOrders = (
  purchases: readonly Purchase[],
  orders: ReadonlyMap<string, OrderEnd>,
): readonly string[] => {
  const accepted = new Set(purchases.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId])))
  const strangers = [...orders.keys()].filter((orderId) => !accepted.has(orderId))
  return [
    ...purchases.flatMap((purchase) => wrongWith(purchase, orders)),
    ...strangers.map((orderId) => `order ${orderId} exists, and nobody was told of it`),
  ]
}

const wrongWith = (
  { orderId, kind, wasCancelled }: Purchase,
  orders: ReadonlyMap<string, OrderEnd>,
): readonly string[] => {
  if (orderId === undefined) return []
  const order = orders.get(orderId)
  if (order === undefined) return [`order ${orderId} (${kind.name}) was accepted and does not exist`]
  const mayBe: readonly string[] = wasCancelled ? [...kind.endings, 'CANCELLED'] : kind.endings
  if (mayBe.includes(order.status)) return []
  return [`order ${orderId} (${kind.name}) is ${order.status} (${order.reason}), not ${mayBe.join(' or ')}`]
}
