import {
  inventoryCommitted,
  inventoryReserved,
  type Message,
  orderConfirmed,
  orderCreated,
  paymentConfirmed,
  type Said,
} from '@skald/contracts'
import {
  createTestDatabase,
  createTestNats,
  eventually,
  openWire,
  startHosted,
  type TestDatabase,
  type Wire,
} from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'

const ORDERS = 3_000
const LIMIT = 200
/** Starts that are in hand when the limit is reached may still begin, see starts-gate.ts. */
const BOUND = LIMIT + LIMIT / 4
const PARTICIPANTS = ['order-service-commands', 'payment-service-commands', 'inventory-service-commands']

const price = { amount: 100, currency: 'EUR' }
const order = { customerId: 'c1', items: [{ sku: 'A', quantity: 1, price }], total: price }

/** Participants to whom everything succeeds at once. */
const replyTo = ({ type, subject: orderId }: Message): Said | undefined => {
  if (type === 'inventory.reserve.v1') return inventoryReserved({ orderId })
  if (type === 'payment.charge.v1') return paymentConfirmed({ orderId, amount: price })
  if (type === 'inventory.commit.v1') return inventoryCommitted({ orderId })
  return type === 'order.confirm.v1' ? orderConfirmed({ orderId }) : undefined
}

const openParticipants = async (natsUrl: string): Promise<Wire> => {
  const hear = async (command: Message): Promise<void> => {
    const reply = replyTo(command)
    if (reply) await wire.send(reply, { correlationId: command.correlationId, causationId: command.id })
  }
  const wire: Wire = await openWire(natsUrl, PARTICIPANTS, { hear })
  return wire
}

/** The most sagas that ever ran at the same moment, by the times that they themselves have written down. */
const mostAtOnce = async (database: TestDatabase): Promise<number> => {
  const [row] = await database.query(`
    SELECT max(running)::int AS most FROM (
      SELECT sum(change) OVER (ORDER BY at, change) AS running FROM (
        SELECT started_at AS at, 1 AS change FROM saga
        UNION ALL SELECT ended_at, -1 FROM saga WHERE ended_at IS NOT NULL) AS changes) AS sums`)
  return Number(row?.['most'])
}

test(`a backlog of orders makes sagas start late: at most ${BOUND} of ${ORDERS} run at once, all end, none times out`, {
  timeout: 180_000,
}, async () => {
  const [database, nats] = await Promise.all([createTestDatabase('saga'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  const shop = await openWire(nats.url(), [])
  onTestFinished(() => shop.close())
  const created = Array.from({ length: ORDERS }, (_, index) => ({ orderId: `o${index}`, sagaId: `s${index}` }))
  await Promise.all(created.map((ids) => shop.send(orderCreated({ ...order, ...ids }), { correlationId: ids.sagaId })))

  const env = { SAGA_DATABASE_URL: database.url, NATS_URL: nats.url(), COORDINATOR_PORT: '0' }
  const service = await startHosted(sagaCoordinator, { ...env, SAGA_START_LIMIT: String(LIMIT) })
  onTestFinished(() => service.stop())
  const metric = async (name: string): Promise<number> => {
    const { payload } = await service.http.inject('/metrics')
    return Number(
      payload
        .split('\n')
        .find((line) => line.startsWith(name))
        ?.split(' ')[1],
    )
  }
  // Nobody answers yet: whoever started is running, and the gate has seen it.
  await eventually(
    async () =>
      expect(await metric('skald_consumer_pending{durable="inventory-service-commands"')).toBeGreaterThanOrEqual(LIMIT),
    { timeoutMs: 30_000 },
  )
  const participants = await openParticipants(nats.url())
  onTestFinished(() => participants.close())
  await eventually(
    async () => {
      const counts = await database.query('SELECT status, count(*)::int FROM saga GROUP BY status')
      expect(counts).toEqual([{ status: 'COMPLETED', count: ORDERS }])
    },
    { timeoutMs: 150_000 },
  )

  expect(await mostAtOnce(database)).toBeLessThanOrEqual(BOUND)
  expect(await metric('skald_nudges_total')).toBe(0)
  expect(await database.query(`SELECT type FROM history WHERE type LIKE 'timer.%'`)).toEqual([])
})
