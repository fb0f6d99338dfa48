import type { BookEntry, Payment } from '@skald/payment-service'
import type pg from 'pg'

/** What payment-service remembers of an order's payment. */
export type PaymentFact = Pick<Payment, 'order_id' | 'status' | 'amount' | 'currency' | 'undone' | 'call'>

/** What the simulated gateway did, whatever payment-service remembers. Its books are another party's: never restored. */
export interface BookFact {
  readonly entries: readonly BookEntry[]
  readonly charged: number
  readonly refunded: number
  readonly currency: string
}

const PAYMENTS = `SELECT order_id, status, amount::float8 AS amount, currency, undone, call FROM payment`

export const paymentsIn = async (payment: pg.Client): Promise<ReadonlyMap<string, PaymentFact>> => {
  const { rows } = await payment.query<PaymentFact>(PAYMENTS)
  return new Map(rows.map((row) => [row.order_id, row]))
}

const BOOKS = `SELECT order_id, kind, key, outcome, amount::float8 AS amount, currency, (extract(epoch FROM at) * 1000)::float8 AS at,
    reason FROM (
  SELECT order_id, 'charge' AS kind, key, outcome, amount, currency, settled_at AS at, reason FROM gateway.charge WHERE outcome IS NOT NULL
  UNION ALL SELECT order_id, 'void', coalesce(void_key, key), 'succeeded', amount, currency, voided_at, NULL
    FROM gateway.charge WHERE voided_at IS NOT NULL
  UNION ALL SELECT order_id, 'refund', key, outcome, amount, currency, settled_at, reason FROM gateway.refund) books
  ORDER BY order_id, at`

interface StoredEntry {
  readonly order_id: string
  readonly kind: BookEntry['kind']
  readonly key: string
  readonly outcome: BookEntry['outcome']
  readonly amount: number | null
  readonly currency: string | null
  readonly at: number
  readonly reason: string | null
}

export const booksIn = async (payment: pg.Client): Promise<ReadonlyMap<string, BookFact>> => {
  const { rows } = await payment.query<StoredEntry>(BOOKS)
  const byOrder = Map.groupBy(rows, ({ order_id }) => order_id)
  return new Map([...byOrder].map(([orderId, entries]) => [orderId, bookOf(entries)]))
}

const bookOf = (stored: readonly StoredEntry[]): BookFact => ({
  entries: stored.map(entryOf),
  charged: sumOf(stored, 'charge'),
  refunded: sumOf(stored, 'refund'),
  currency: stored.find(({ currency }) => currency !== null)?.currency ?? '',
})

/** The gateway names what it did by its key. */
const entryOf = ({ kind, key, outcome, amount, currency, at, reason }: StoredEntry): BookEntry => ({
  kind,
  key,
  outcome,
  amount: amount === null || currency === null ? null : { amount, currency },
  atMs: Math.round(at),
  reference: outcome === 'succeeded' && kind !== 'void' ? `sim:${key}` : null,
  reason,
})

const sumOf = (entries: readonly StoredEntry[], kind: BookEntry['kind']): number =>
  entries.reduce(
    (sum, each) => (each.kind === kind && each.outcome === 'succeeded' ? sum + (each.amount ?? 0) : sum),
    0,
  )
