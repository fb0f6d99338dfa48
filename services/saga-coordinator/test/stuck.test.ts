import { inventoryReserved, orderCreated } from '@skald/contracts'
import { eventually, startHosted, type TestDatabase, type Wire } from '@skald/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'
import { listQuery } from '../src/store/listing.ts'
import { type Running, startRunning } from './running.ts'

const LONG = { timeoutMs: 25_000 }

let running: Running
let database: TestDatabase
let wire: Wire
let coordinator: Running['coordinator']
beforeAll(async () => {
  // Nobody takes what payment-service is asked.
  running = await startRunning(['inventory-service-commands'], {
    SAGA_STUCK_AFTER_SECONDS: '1',
    SAGA_NUDGE_AFTER_MS: '200',
    SAGA_SERVICE_LEVELS: 'order=20m order/takingPayment=500ms',
  })
  database = running.database
  wire = running.wire
  coordinator = running.coordinator
})
afterAll(() => running.close())

const get = async (url: string) => {
  const answer = await coordinator.http.inject({ method: 'GET', url })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}
const idsOf = async (query: string) =>
  ((await get(`/sagas?${query}`)).body['items'] as { sagaId: string }[]).map(({ sagaId }) => sagaId)

const takingPayment = async (name: string): Promise<void> => {
  const price = { amount: 500, currency: 'EUR' }
  const items = [{ sku: 'tea', quantity: 1, price }]
  const correlation = { correlationId: `s-${name}` }
  await wire.send(orderCreated({ orderId: name, customerId: 'c', items, total: price }), correlation)
  const asked = await eventually(() => {
    const found = wire.heard.find(({ message }) => message.subject === name)
    if (!found) throw new Error('the stock was not asked for')
    return found.message.id
  }, LONG)
  await wire.send(inventoryReserved({ orderId: name }), { ...correlation, causationId: asked })
}

test('a saga whose question nobody reads is listed as stuck and as slow, and its metric and /why say so', async () => {
  await takingPayment('o1')
  await takingPayment('o2')
  await eventually(async () => expect(await idsOf('slow=true')).toEqual(['s-o2', 's-o1']), LONG)
  await eventually(async () => expect(await idsOf('stuck=true')).toEqual(['s-o2', 's-o1']), LONG)
  expect(await idsOf('stuck=true&status=RUNNING&definition=order&limit=1')).toEqual(['s-o2'])
  const page = await get('/sagas?stuck=true&limit=1')
  expect(await idsOf(`stuck=true&limit=1&cursor=${String(page.body['nextCursor'])}`)).toEqual(['s-o1'])
  expect(await idsOf('stuck=true&definition=other')).toEqual([])
  expect((await get('/sagas/s-o1/why')).body).toMatchObject({
    status: 'RUNNING',
    stuck: { why: 'overdue' },
    slow: [{ state: 'takingPayment', limitMs: 500 }],
    waitingFor: [{ kind: 'message', types: ['payment.confirmed.v1', 'payment.failed.v1'] }],
    sentence: expect.stringContaining('It is stuck'),
  })
  await eventually(async () => {
    const { payload } = await coordinator.http.inject({ method: 'GET', url: '/metrics' })
    for (const kind of ['stuck', 'slow']) {
      expect(payload).toMatch(new RegExp(`skald_sagas_of_concern\\{kind="${kind}",definition="order"[^}]*\\} 2`))
      expect(payload).toMatch(new RegExp(`skald_oldest_concern_seconds\\{kind="${kind}"[^}]*\\} [0-9.]*[1-9]`))
    }
    expect(payload).toMatch(/skald_dead_letters_open\{[^}]*\} 0/)
    expect(payload).toMatch(/skald_wake_late_seconds\{/)
  }, LONG)
})

test('a saga whose wake was lost is found, and woken', async () => {
  await takingPayment('o3')
  await eventually(async () => expect((await get('/sagas/s-o3')).body).toMatchObject({ state: 'takingPayment' }), LONG)
  await database.query(`DELETE FROM task WHERE id = 'wake/s-o3'`)
  await eventually(async () => {
    expect(await idsOf('stuck=true')).toContain('s-o3')
    expect(await database.query(`SELECT 1 FROM task WHERE id = 'wake/s-o3'`)).toHaveLength(1)
  }, LONG)
})

test.each(['stuck=false', 'stuck=', 'stuck=1', 'slow=yes', 'stuck=true&slow=true'])(
  'the filter %s is refused, and the answer names the field',
  async (query) => {
    const { status, body } = await get(`/sagas?${query}`)
    expect(status).toBe(400)
    expect(body['errors']).toMatchObject([{ field: expect.stringMatching(/^query\.(stuck|slow)$/) as string }])
  },
)

test('why a saga that nobody knows is where it is, is 404', async () => {
  expect(await get('/sagas/nobody/why')).toMatchObject({
    status: 404,
    body: { type: 'urn:skald:problem:saga-not-found' },
  })
})

test('the list of stuck sagas reads along indexes, among many open ones', async () => {
  await database.query(`INSERT INTO saga SELECT (jsonb_populate_record(r, jsonb_build_object('saga_id', 'c' || n))).*
    FROM saga r, generate_series(1, 20000) n WHERE r.saga_id = 's-o1'`)
  await database.query(`INSERT INTO saga_concern SELECT 'stuck/c' || n, 'stuck', 'c' || n, 'order', now(), now()
    FROM generate_series(1, 5000) n`)
  await database.query('ANALYZE')
  const { text, values } = listQuery({ concern: 'stuck' }, null, undefined, 21)
  const [plan] = await database.query(`EXPLAIN (FORMAT JSON) ${text}`, values)
  expect(JSON.stringify(plan)).toContain('saga_concern_kind')
  expect(JSON.stringify(plan)).not.toContain('Seq Scan')
})

test('a service level must be about a state that there is', async () => {
  const startWith = (levels: string) => startHosted(sagaCoordinator, { ...running.env, SAGA_SERVICE_LEVELS: levels })
  await expect(startWith('order/takingPaiment=1s')).rejects.toThrow(
    /about a state of order\. Name one of .*takingPayment/,
  )
  await expect(startWith('parcel=1s')).rejects.toThrow('about a definition that there is. Name one of order, trip.')
  await expect(startWith('order')).rejects.toThrow('levels such as order=10m order/takingPayment=30s')
  await expect(startHosted(sagaCoordinator, { ...running.env, ALERT_WEBHOOK_URL: 'https://h/' })).rejects.toThrow(
    'ALERT_WEBHOOK_SECRET is not set, but must be set when ALERT_WEBHOOK_URL is',
  )
})
