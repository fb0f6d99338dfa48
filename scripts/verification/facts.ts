import { type AuditEntry, type AuditHead, auditFaults } from '@skald/saga-coordinator'
import type pg from 'pg'
import type { Databases } from './databases.ts'
import type { FindDefinition } from './definitions.ts'
import { type Histories, readHistories } from './histories.ts'
import { readTrips, type TripFact } from './trips.ts'

export interface OrderFact {
  readonly order_id: string
  readonly saga_id: string
  readonly status: string
  readonly total: number
}
export interface SagaFact {
  readonly saga_id: string
  /** What it is about: of another saga than one of orders, the id of that. */
  readonly order_id: string
  readonly definition: string
  readonly version: number
  readonly status: string
  readonly ended: boolean
  readonly timers: string
  /** As JSON; null once it has ended. */
  readonly state: string | null
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
  /** Those of them that are about orders. */
  readonly orderSagas: ReadonlyMap<string, SagaFact>
  /** These by order id. */
  readonly sagasOf: ReadonlyMap<string, readonly SagaFact[]>
  readonly reservations: ReadonlyMap<string, ReservationFact>
  readonly payments: ReadonlyMap<string, PaymentFact>
  /** The simulated gateway's own books, whatever payment-service believes. */
  readonly ledger: ReadonlyMap<string, LedgerFact>
  readonly stock: readonly StockFact[]
  /** By trip id; undefined where trip-service never ran. */
  readonly trips?: ReadonlyMap<string, TripFact> | undefined
  /** Dead letters that are still open where they live, and those that the coordinator lists. */
  readonly openLetters: readonly string[]
  readonly listedLetters: ReadonlySet<string>
  readonly histories: Histories
  /** What is wrong with the chain of operators' actions. */
  readonly auditFaults: readonly string[]
}

const ORDERS = `SELECT order_id, saga_id, status, total_amount::float8 AS total FROM orders`
const SAGAS = `SELECT saga_id, business_key AS order_id, definition, version, status, ended_at IS NOT NULL AS ended, timers,
  CASE WHEN ended_at IS NULL THEN state END AS state FROM saga WHERE definition <> ''
  UNION ALL SELECT saga_id, business_key, definition, version, status, true, '[]', NULL FROM saga_archive`
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
/** One that is still to be reported has a task. */
const OPEN_LETTERS = `SELECT id FROM dead_letter d WHERE status = 'OPEN'
  AND NOT EXISTS (SELECT FROM task WHERE task.id = 'report-dead-letter/' || d.id)`
const LISTED_LETTERS = `SELECT id FROM reported_dead_letter`

const AUDIT = `SELECT id, seq, (extract(epoch FROM at) * 1000)::float8 AS at, actor, action, saga_id, letter_id, bulk_id, reason, before,
  after, idempotency_key, hash FROM operator_audit ORDER BY seq`
const HEAD = `SELECT name, seq, hash FROM operator_audit_head`

type StoredAudit = Omit<AuditEntry, 'before' | 'after'> & { readonly before: string; readonly after: string }

const auditOf = (row: StoredAudit): AuditEntry => ({
  ...row,
  before: JSON.parse(row.before) as AuditEntry['before'],
  after: JSON.parse(row.after) as AuditEntry['after'],
})

/** One query at a time on each database, all databases at once. */
export const gatherFacts = async (databases: Databases, find: FindDefinition): Promise<Facts> => {
  const [order, payment, inventory, saga] = await Promise.all([
    ofOrders(databases.order),
    ofPayments(databases.payment),
    ofInventory(databases.inventory),
    ofSagas(databases.saga, find),
  ])
  const { trip } = databases
  const ofTrips = trip && { trips: await readTrips(trip), letters: await openLettersOf(trip) }
  const openLetters = [order, payment, inventory, saga, ...(ofTrips ? [ofTrips] : [])].flatMap(({ letters }) => letters)
  return { ...order, ...payment, ...inventory, ...saga, trips: ofTrips?.trips, openLetters }
}

const ofOrders = async (order: pg.Client) => ({
  orders: byOrder(await rowsOf<OrderFact>(order, ORDERS)),
  letters: await openLettersOf(order),
})

const ofPayments = async (payment: pg.Client) => ({
  payments: byOrder(await rowsOf<PaymentFact>(payment, PAYMENTS)),
  ledger: byOrder(await rowsOf<LedgerFact>(payment, LEDGER)),
  letters: await openLettersOf(payment),
})

const ofInventory = async (inventory: pg.Client) => {
  const rows = await rowsOf<Omit<ReservationFact, 'items'> & { items: string }>(inventory, RESERVATIONS)
  return {
    reservations: byOrder(rows.map((row) => ({ ...row, items: JSON.parse(row.items) as ReservationFact['items'] }))),
    stock: await rowsOf<StockFact>(inventory, STOCK),
    letters: await openLettersOf(inventory),
  }
}

const ofSagas = async (saga: pg.Client, find: FindDefinition) => {
  const rows = await rowsOf<SagaFact>(saga, SAGAS)
  return {
    ...sagasIn(rows),
    listedLetters: new Set(await idsOf(saga, LISTED_LETTERS)),
    letters: await openLettersOf(saga),
    histories: await readHistories(saga, find),
    auditFaults: [
      ...auditFaults((await rowsOf<StoredAudit>(saga, AUDIT)).map(auditOf), (await rowsOf<AuditHead>(saga, HEAD))[0]),
    ],
  }
}

export const sagasIn = (rows: readonly SagaFact[]): Pick<Facts, 'sagas' | 'orderSagas' | 'sagasOf'> => {
  const ofOrders = rows.filter(({ definition }) => definition === 'order')
  return {
    sagas: new Map(rows.map((row) => [row.saga_id, row])),
    orderSagas: new Map(ofOrders.map((row) => [row.saga_id, row])),
    sagasOf: Map.groupBy(ofOrders, ({ order_id }) => order_id),
  }
}

const openLettersOf = (client: pg.Client): Promise<string[]> => idsOf(client, OPEN_LETTERS)

const idsOf = async (client: pg.Client, sql: string): Promise<string[]> =>
  (await rowsOf<{ id: string }>(client, sql)).map(({ id }) => id)

const byOrder = <Row extends { readonly order_id: string }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.order_id, row]))

const rowsOf = async <Row extends object>(client: pg.Client, sql: string): Promise<Row[]> =>
  (await client.query<Row>(sql)).rows
