import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { orderCreated } from '@skald/contracts'
import {
  createTestDatabase,
  createTestNats,
  eventually,
  type HostedService,
  openWire,
  startHosted,
  type TestDatabase,
  type TestNats,
  type Wire,
} from '@skald/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'

const LONG = { timeoutMs: 25_000 }
const SECRET = 'a-secret-of-the-receiver'
const TOKEN = 'a-token-of-the-operator'

let database: TestDatabase
let nats: TestNats
let wire: Wire
beforeAll(async () => {
  const servers = await Promise.all([createTestDatabase('saga'), createTestNats()])
  database = servers[0]
  nats = servers[1]
  wire = await openWire(nats.url(), ['inventory-service-commands', 'order-service-commands'])
})
afterAll(async () => {
  await wire.close()
  await Promise.all([database.close(), nats.close()])
})

/** The function that the page gives to receivers, as it stands there. */
const verifier = async () => {
  const page = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8')
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? []
  const module: unknown = await import(`data:text/javascript,${encodeURIComponent(code)}`)
  return (module as { isOurs: (secret: string, header: string, body: string, nowSeconds?: number) => boolean }).isOurs
}

interface Received {
  readonly body: string
  readonly signature: string
  readonly id: string
}

/** Whoever is told: answers with the statuses in turn, then with 204. */
const receiver = async (statuses: readonly number[] = []) => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { headers } = request
      const signature = String(headers['skald-signature'])
      received.push({ body: Buffer.concat(parts).toString(), signature, id: String(headers['skald-alert-id']) })
      response.writeHead(statuses[received.length - 1] ?? 204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received }
}

const start = async (url: string): Promise<HostedService> => {
  const service = await startHosted(sagaCoordinator, {
    SAGA_DATABASE_URL: database.url,
    NATS_URL: nats.url(),
    COORDINATOR_PORT: '0',
    OPERATOR_TOKEN: TOKEN,
    SAGA_STEP_TIMEOUT_MS: '400',
    SAGA_NUDGE_AFTER_MS: '100',
    SAGA_UNDO_ATTEMPTS: '1',
    ALERT_WEBHOOK_URL: url,
    ALERT_WEBHOOK_SECRET: SECRET,
  })
  onTestFinished(() => service.stop())
  return service
}

/** An order whose stock nobody answers for, neither when it is asked for nor when it is given back. */
const needsPerson = async (coordinator: HostedService): Promise<string> => {
  const sagaId = randomUUID()
  const price = { amount: 500, currency: 'EUR' }
  const items = [{ sku: 'tea', quantity: 1, price }]
  const created = orderCreated({ orderId: randomUUID(), customerId: 'ada.lovelace', items, total: price })
  await wire.send(created, { correlationId: sagaId })
  await eventually(async () => {
    const answer = await coordinator.http.inject({ method: 'GET', url: `/sagas/${sagaId}` })
    expect(answer.json()).toMatchObject({ status: 'NEEDS_ATTENTION' })
  }, LONG)
  return sagaId
}

const ofSaga = (received: readonly Received[], sagaId: string) =>
  received.filter(({ body }) => (JSON.parse(body) as { sagaId: string }).sagaId === sagaId)

const left = async () => (await database.query('SELECT count(*)::int AS count FROM alert'))[0]?.['count']

test('an alert is signed, is sent again under its id until it is taken, and then it is gone', async () => {
  const { url, received } = await receiver([500, 302])
  const sagaId = await needsPerson(await start(url))
  await eventually(() => expect(received).toHaveLength(3), LONG)
  await eventually(async () => expect(await left()).toBe(0), LONG)
  const isOurs = await verifier()
  for (const { signature, body, id } of received) {
    expect(isOurs(SECRET, signature, body)).toBe(true)
    expect(isOurs('another-secret', signature, body)).toBe(false)
    expect(isOurs(SECRET, signature, `${body} `)).toBe(false)
    expect(isOurs(SECRET, signature, body, Date.now() / 1_000 + 301)).toBe(false)
    expect(JSON.parse(body)).toMatchObject({ id, kind: 'needs-person', effects: [{ effect: 'inventory.release' }] })
    expect(body).not.toContain('ada.lovelace')
  }
  expect(new Set(received.map(({ id }) => id)).size).toBe(1)
  expect(ofSaga(received, sagaId)).toHaveLength(3)
})

test('an alert that no receiver took outlives its coordinator, and holds up no saga meanwhile', async () => {
  const away = await start('http://127.0.0.1:1/nobody-listens-here')
  const sagas = await Promise.all(Array.from({ length: 3 }, () => needsPerson(away)))
  expect(await left()).toBe(3)
  await away.stop()
  const { url, received } = await receiver()
  await start(url)
  await eventually(async () => expect(await left()).toBe(0), LONG)
  for (const sagaId of sagas) expect(ofSaga(received, sagaId)).toHaveLength(1)
})

test('two coordinators send one alert', async () => {
  const { url, received } = await receiver()
  const [one] = await Promise.all([start(url), start(url)])
  const sagas = await Promise.all(Array.from({ length: 5 }, () => needsPerson(one)))
  await eventually(async () => expect(await left()).toBe(0), LONG)
  for (const sagaId of sagas) expect(ofSaga(received, sagaId)).toHaveLength(1)
})
