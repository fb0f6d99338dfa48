import type { Databases } from '../verification/databases.ts'
import { type BookFact, booksIn, type PaymentFact, paymentsIn } from './books.ts'
import type { OrderEvidence, ReservationFact } from './evidence.ts'
import { type OrderFact, ordersIn, sagaIdsIn } from './remembered.ts'
import type { StreamFacts } from './streams.ts'

/** What everybody remembers, but the histories of the sagas. */
export interface Knowledge {
  readonly orders: ReadonlyMap<string, OrderFact>
  readonly payments: ReadonlyMap<string, PaymentFact>
  /** Undefined where the gateway is another party's in truth: its books are not ours to read. */
  readonly books: ReadonlyMap<string, BookFact> | undefined
  readonly reservations: ReadonlyMap<string, ReservationFact>
  readonly sagaIds: ReadonlySet<string>
  readonly streams: StreamFacts
}

const RESERVATIONS = `SELECT order_id, status FROM reservation`

export const gatherKnowledge = async (
  { order, payment, inventory, saga }: Databases,
  streams: StreamFacts,
  isSimulated: boolean,
): Promise<Knowledge> => {
  const [orders, reservations, sagaIds, payments] = await Promise.all([
    ordersIn(order),
    inventory.query<ReservationFact>(RESERVATIONS),
    sagaIdsIn(saga),
    paymentsIn(payment),
  ])
  return {
    orders,
    payments,
    books: isSimulated ? await booksIn(payment) : undefined,
    reservations: new Map(reservations.rows.map((row) => [row.order_id, row])),
    sagaIds,
    streams,
  }
}

export const evidenceOf = ({ orders, payments, books, reservations }: Knowledge, orderId: string): OrderEvidence => ({
  order: orders.get(orderId),
  payment: payments.get(orderId),
  books: books?.get(orderId),
  reservation: reservations.get(orderId),
})

const NEWEST = {
  order: `SELECT (extract(epoch FROM greatest(max(updated_at), (SELECT max(handled_at) FROM inbox))) * 1000)::float8 AS at FROM orders`,
  payment: `SELECT (extract(epoch FROM greatest(max(updated_at), (SELECT max(handled_at) FROM inbox))) * 1000)::float8 AS at FROM payment`,
  inventory: `SELECT (extract(epoch FROM greatest(max(updated_at), (SELECT max(handled_at) FROM inbox))) * 1000)::float8 AS at
    FROM reservation`,
  saga: `SELECT (extract(epoch FROM max(at)) * 1000)::float8 AS at FROM history`,
} as const

/** Clocks of the broker and the databases may differ by a little; what is read twice does no harm. */
const MARGIN_MS = 600_000

/** What was said before was known to every database as it was restored. Undefined where one of them is empty: all is read then. */
export const lostSinceMs = async (databases: Databases): Promise<number | undefined> => {
  const newest = await Promise.all(
    (['order', 'payment', 'inventory', 'saga'] as const).map(
      async (name) => (await databases[name].query<{ at: number | null }>(NEWEST[name])).rows[0]?.at ?? undefined,
    ),
  )
  const known = newest.filter((at) => at !== undefined)
  return known.length < newest.length ? undefined : Math.min(...known) - MARGIN_MS
}
