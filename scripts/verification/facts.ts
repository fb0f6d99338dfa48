import type pg from 'pg'
import type { Databases } from './databases.ts'

export interface OrderFact {
  readonly order_id: string
  readonly saga_id: string
  readonly status: string
  readonly total: number
}
export interface SagaFact {
  readonly saga_id: string
  readonly order_id: string
  readonly status: string
  readonly ended: boolean
  readonly revision: number
  readonly timers: string
}
export interface ReservationFact {
  readonly order_id: string
  readonly status: string
  readonly items: readonly { readonly sku: string; readonly quantity: number }[]
}
export interface PaymentFact {
  readonly order_id: string
  readonly status: string
}
export interface LedgerFact {
  readonly order_id: string
  readonly charged: number
  readonly refunded: number
  readonly charges: number
  readonly refunds: number
}
export interface StockFact {
  readonly sku: string
  readonly on_hand: number
  readonly reserved: number
  /** Everything that was ever put in or taken out by a person. */
  readonly adjusted: number
}

/** What all databases say about every order, side by side. */
export interface Facts {
  readonly orders: ReadonlyMap<string, OrderFact>
  readonly sagas: ReadonlyMap<string, SagaFact>
  /** By order id. */
  readonly sagasOf: ReadonlyMap<string, readonly SagaFact[]>
  readonly reservations: ReadonlyMap<string, ReservationFact>
  readonly payments: ReadonlyMap<string, PaymentFact>
  /** The simulated gateway's own books, whatever payment-service believes. */
  readonly ledger: ReadonlyMap<string, LedgerFact>
  readonly stock: readonly StockFact[]
}

const ORDERS = `SELECT order_id, saga_id, status, total_amount::float8 AS total FROM orders`
const SAGAS = `SELECT saga_id, business_key AS order_id, status, ended_at IS NOT NULL AS ended, revision, timers
  FROM saga WHERE definition <> ''`
const RESERVATIONS = `SELECT order_id, status, items FROM reservation`
const PAYMENTS = `SELECT order_id, status FROM payment`
const LEDGER = `SELECT order_id, sum(charge)::float8 AS charged, sum(refund)::float8 AS refunded,
  count(*) FILTER (WHERE kind = 'charge')::int AS charges, count(*) FILTER (WHERE kind = 'refund')::int AS refunds
  FROM (SELECT order_id, 'charge' AS kind, amount AS charge, 0 AS refund FROM gateway.charge WHERE outcome = 'succeeded'
        UNION ALL
        SELECT order_id, 'refund', 0, amount FROM gateway.refund WHERE outcome = 'succeeded') entries
  GROUP BY order_id`
const STOCK = `SELECT p.sku, p.on_hand::float8, p.reserved::float8, coalesce(sum(a.quantity), 0)::float8 AS adjusted
  FROM stock p LEFT JOIN adjustment a ON a.sku = p.sku GROUP BY p.sku, p.on_hand, p.reserved`

export const gatherFacts = async (databases: Databases): Promise<Facts> => {
  const [orders, sagas, reservations, payments, ledger, stock] = await Promise.all([
    rowsOf<OrderFact>(databases.order, ORDERS),
    rowsOf<SagaFact>(databases.saga, SAGAS),
    rowsOf<Omit<ReservationFact, 'items'> & { items: string }>(databases.inventory, RESERVATIONS),
    rowsOf<PaymentFact>(databases.payment, PAYMENTS),
    rowsOf<LedgerFact>(databases.payment, LEDGER),
    rowsOf<StockFact>(databases.inventory, STOCK),
  ])
  const parsed = reservations.map((row) => ({ ...row, items: JSON.parse(row.items) as ReservationFact['items'] }))
  const byOrder = <Row extends { readonly order_id: string }>(rows: readonly Row[]) =>
    new Map(rows.map((row) => [row.order_id, row]))
  return {
    orders: byOrder(orders),
    sagas: new Map(sagas.map((row) => [row.saga_id, row])),
    sagasOf: Map.groupBy(sagas, ({ order_id }) => order_id),
    reservations: byOrder(parsed),
    payments: byOrder(payments),
    ledger: byOrder(ledger),
    stock,
  }
}

const rowsOf = async <Row extends object>(client: pg.Client, sql: string): Promise<Row[]> =>
  (await client.query<Row>(sql)).rows
