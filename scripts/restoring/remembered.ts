import { contracts, type DataOf, type orderCreated } from '@skald/contracts'
import { dayOf, envelop, type Message, type Said } from '@skald/messaging'
import type { SagaState } from '@skald/saga'
import type pg from 'pg'

/* What each database remembers, as it was restored. */

export interface OrderFact {
  readonly order_id: string
  readonly saga_id: string
  readonly status: 'PENDING' | 'CONFIRMED' | 'CANCELLED'
  readonly amount: number
  readonly currency: string
  readonly is_cancel_requested: boolean
  readonly created_at: number
  /** The saga of one that ended long ago may have been forgotten on purpose. */
  readonly is_recent: boolean
  readonly created: DataOf<typeof orderCreated>
}

export interface SagaFact {
  readonly saga_id: string
  readonly order_id: string
  readonly definition: string
  readonly version: number
  readonly status: string
  readonly ended: boolean
  readonly archived: boolean
  /** Null when it has ended, or has not begun. */
  readonly state: SagaState | null
  /** Everything that it heard and said, oldest first. */
  readonly entries: readonly Heard[]
}

/** One entry of a history. */
export interface Heard {
  readonly message: Message
  readonly atMs: number
  readonly said: readonly Message[]
}

/** As long as streams and inboxes keep what was said. What is older was settled before any backup that is worth restoring. */
const DAYS = 7
/** Sagas a query. */
const CHUNK = 1_000

const HOT = `SELECT s.saga_id, s.business_key AS order_id, s.definition, s.version, s.status, false AS archived,
    s.ended_at IS NOT NULL AS ended, CASE WHEN s.ended_at IS NULL THEN s.state END AS state,
    (SELECT coalesce(json_agg(json_build_array(h.message_id, (extract(epoch FROM h.at) * 1000)::float8, h.type, h.causation_id,
       h.input::json, h.outputs::json) ORDER BY h.seq), '[]') FROM history h WHERE h.saga_id = s.saga_id) AS entries
  FROM saga s WHERE s.definition = 'order' AND s.saga_id > $1
    AND (s.ended_at IS NULL OR s.updated_at > now() - interval '${DAYS} days') ORDER BY s.saga_id LIMIT ${CHUNK}`

const ARCHIVED = `SELECT saga_id, business_key AS order_id, definition, version, status, true AS archived, true AS ended,
    NULL AS state, (SELECT json_agg(json_build_array(step -> 2, step -> 1, step -> 3, step -> 4, step -> 5, step -> 8)
      ORDER BY (step ->> 0)::int) FROM json_array_elements(body::json -> 'steps') AS step) AS entries
  FROM saga_archive WHERE definition = 'order' AND saga_id > $1 AND updated_at > now() - interval '${DAYS} days'
  ORDER BY saga_id LIMIT ${CHUNK}`

type StoredEntry = readonly [string, number, string, string | null, unknown, readonly Said[]]
type StoredSaga = Omit<SagaFact, 'state' | 'entries'> & {
  readonly state: string | null
  readonly entries: readonly StoredEntry[]
}

/** The sagas of orders that live or ended within the last days, and what became of them, many at a time. */
export async function* sagasIn(saga: pg.Client): AsyncGenerator<readonly SagaFact[]> {
  for (const sql of [HOT, ARCHIVED]) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const { rows }: pg.QueryResult<StoredSaga> = await saga.query<StoredSaga>(sql, [after])
      if (rows.length > 0) yield rows.map(sagaOf)
      after = rows.at(-1)?.saga_id
    }
  }
}

const sagaOf = ({ state, entries, ...row }: StoredSaga): SagaFact => ({
  ...row,
  state: JSON.parse(state ?? 'null') as SagaState | null,
  entries: entries.map((entry) => heardOf(row.saga_id, row.order_id, entry)),
})

const heardOf = (correlationId: string, subject: string, stored: StoredEntry): Heard => {
  const [id, at, type, causationId, data, outputs] = stored
  const atMs = Math.round(at)
  const source = contracts.contractOf(type)?.role.from ?? 'saga-coordinator'
  const message: Message = {
    id,
    type,
    source: `/${source}`,
    subject,
    time: new Date(atMs).toISOString(),
    correlationId,
    ...(causationId !== null && { causationId }),
    data,
  }
  const envelope = { source: '/saga-coordinator', cause: message, handledAtMs: atMs }
  return { message, atMs, said: outputs.map((said, ordinal) => envelop(envelope, said, ordinal)) }
}

const ONE = HOT.replace('s.saga_id > $1', 's.saga_id = $1')

/** A saga as it is now; undefined when it does not run. */
export const sagaNow = async (saga: pg.Client, sagaId: string): Promise<SagaFact | undefined> => {
  const { rows } = await saga.query<StoredSaga>(ONE, [sagaId])
  return rows[0] && sagaOf(rows[0])
}

const SAGA_IDS = `SELECT saga_id FROM saga WHERE definition <> '' UNION ALL SELECT saga_id FROM saga_archive`

/** All that there are, however old: an order whose saga is in none of them has lost it. */
export const sagaIdsIn = async (saga: pg.Client): Promise<ReadonlySet<string>> =>
  new Set((await saga.query<{ saga_id: string }>(SAGA_IDS)).rows.map(({ saga_id }) => saga_id))

const ORDERS = `SELECT order_id, saga_id, status, total_amount::float8 AS amount, currency,
  cancel_requested_at IS NOT NULL AS is_cancel_requested, (extract(epoch FROM created_at) * 1000)::float8 AS created_at,
  status = 'PENDING' OR updated_at > now() - interval '${DAYS} days' AS is_recent, customer_id, items, payment_method FROM orders`

interface StoredOrder extends Omit<OrderFact, 'created'> {
  readonly customer_id: string
  readonly items: string
  readonly payment_method: string | null
}

export const ordersIn = async (order: pg.Client): Promise<Map<string, OrderFact>> => {
  const { rows } = await order.query<StoredOrder>(ORDERS)
  return new Map(rows.map((row) => [row.order_id, orderOf(row)]))
}

const orderOf = ({ customer_id, items, payment_method, ...row }: StoredOrder): OrderFact => ({
  ...row,
  created: {
    orderId: row.order_id,
    sagaId: row.saga_id,
    customerId: customer_id,
    items: JSON.parse(items) as DataOf<typeof orderCreated>['items'],
    total: { amount: row.amount, currency: row.currency },
    ...(payment_method !== null && { paymentMethod: payment_method }),
  },
})

interface StoredAnswer {
  readonly message_id: string
  readonly outputs: string
  readonly handled_at: number
}

/** Which of these commands a participant remembers, with the replies that it gave. */
export const answersIn = async (
  participant: pg.Client,
  commands: readonly Message[],
): Promise<ReadonlyMap<string, readonly Message[]>> => {
  if (commands.length === 0) return new Map()
  const sql = `SELECT message_id, outputs, (extract(epoch FROM handled_at) * 1000)::float8 AS handled_at FROM inbox
    WHERE (bucket, message_id) IN (SELECT * FROM unnest($1::int[], $2::text[]))`
  const ids = commands.map(({ id }) => id)
  const { rows } = await participant.query<StoredAnswer>(sql, [ids.map(dayOf), ids])
  const causes = new Map(commands.map((command) => [command.id, command]))
  return new Map(
    rows.flatMap(({ message_id, outputs, handled_at }) => {
      const cause = causes.get(message_id)
      return cause ? [[message_id, repliesOf(cause, JSON.parse(outputs) as Said[], Math.round(handled_at))]] : []
    }),
  )
}

const repliesOf = (cause: Message, outputs: readonly Said[], handledAtMs: number): Message[] => {
  const source = `/${contracts.contractOf(cause.type)?.role.to ?? ''}`
  return outputs.map((said, ordinal) => envelop({ source, cause, handledAtMs }, said, ordinal))
}
