import { connect, createServer, type Socket } from 'node:net'
import {
  createTestDatabase,
  createTestNats,
  eventually,
  type HostedService,
  openWire,
  startHosted,
} from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { orderService } from '../src/index.ts'

/* Services and what they stand on may start in any order. */

const LONG = { timeoutMs: 25_000 }
const order = { customerId: 'customer-1', items: [{ sku: 'lamp', quantity: 2 }] }
const LAMP = `INSERT INTO product_copy (sku, name, amount, currency, version) VALUES ('lamp', 'Lamp', 500, 'EUR', 1)`

const start = async (databaseUrl: string, natsUrl: string): Promise<HostedService> => {
  const env = { ORDER_DATABASE_URL: databaseUrl, NATS_URL: natsUrl, ORDER_PORT: '0' }
  const service = await startHosted(orderService, env)
  onTestFinished(() => service.stop())
  return service
}

/** Over the network, as anybody asks: a service that does not listen refuses the connection. */
const request = async ({ http }: HostedService, path: string, body?: object) => {
  const headers = { 'content-type': 'application/json' }
  const how = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${http.listeningOrigin}${path}`, how)
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
}

const failing = (body: Record<string, unknown>) =>
  (body['checks'] as { name: string; ok: boolean; detail: string }[]).filter(({ ok }) => !ok)

test('started while NATS is away, it says so, takes orders, and announces them when NATS is there', async () => {
  const [database, nats] = await Promise.all([createTestDatabase('order'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  await nats.kill9()
  await database.query(LAMP)

  const service = await start(database.url, nats.url())

  expect((await request(service, '/livez')).status).toBe(200)
  await eventually(async () => {
    const ready = await request(service, '/readyz')
    expect(ready.status).toBe(503)
    expect(failing(ready.body)).toMatchObject([
      { name: 'nats', detail: expect.stringMatching(/^not connected yet, it is tried again: .*refused/i) as string },
    ])
  })
  const placed = await request(service, '/orders', order)
  expect(placed).toMatchObject({ status: 201, body: { status: 'PENDING' } })
  const orderId = String(placed.body['orderId'])
  expect(await request(service, `/orders/${orderId}`)).toMatchObject({ status: 200, body: { status: 'PENDING' } })

  await nats.restart()
  const wire = await openWire(nats.url(), ['saga-coordinator-starts'])
  onTestFinished(() => wire.close())
  await eventually(async () => expect((await request(service, '/readyz')).status).toBe(200), LONG)
  await eventually(() => expect(wire.heard.map(({ message }) => message.subject)).toContain(orderId), LONG)
})

test('started while PostgreSQL is away, it answers 503 with the reason, and works when PostgreSQL is there', async () => {
  const [database, nats] = await Promise.all([createTestDatabase('order'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  await database.query(LAMP)
  const door = await doorTo(database.url)

  const service = await start(door.url, nats.url())

  expect((await request(service, '/livez')).status).toBe(200)
  const ready = await request(service, '/readyz')
  expect(ready.status).toBe(503)
  expect(failing(ready.body)).toContainEqual(
    expect.objectContaining({ name: 'database', detail: expect.stringContaining('ECONNREFUSED') as string }),
  )
  for (const answer of [await request(service, '/orders/any'), await request(service, '/orders', order)]) {
    expect(answer).toMatchObject({ status: 503, body: { type: 'urn:skald:problem:unavailable' } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('retry-after')).toBe('2')
  }

  await door.open()
  await eventually(async () => expect((await request(service, '/readyz')).status).toBe(200), LONG)
  await eventually(async () => expect((await request(service, '/orders', order)).status).toBe(201), LONG)
  // What the start could not do is done now, not an hour later.
  await eventually(async () => {
    const made = await database.query(`SELECT relid FROM pg_partition_tree('inbox') WHERE isleaf`)
    expect(made.length).toBeGreaterThan(1)
  }, LONG)
})

/** The address of a server that nobody listens on until it is opened. */
const doorTo = async (target: string) => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy()).on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve))
  await listen(0)
  const address = server.address()
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  if (typeof address === 'object' && address) url.port = String(address.port)
  await new Promise((resolve) => server.close(resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  })
  return { url: url.href, open: () => listen(Number(url.port)) }
}
