import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { post } from '../test/hostile-requests.ts'
import { buildSampleApp, type SampleApp, type SampleOptions } from '../test/sample-app.ts'
import { listen } from './index.ts'

/* What is just within a bound is taken, and what is just beyond it refused. */

const opened: SampleApp[] = []
const sockets: Socket[] = []
const sample = async (options?: SampleOptions): Promise<SampleApp> => {
  const app = await buildSampleApp(options)
  opened.push(app)
  return app
}
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(opened.splice(0).map(({ http }) => http.close()))
})

const item = { sku: 'A', quantity: 1 }
const parcel = { customerId: 'c1', items: [item] }
const json = { 'content-type': 'application/json' }

test.each([
  [65_535, 201],
  [65_536, 201],
  [65_537, 413],
])('a body of %i bytes is answered %i', async (bytes, status) => {
  const { http } = await sample()
  const body = JSON.stringify(parcel)
  const padded = `${body.slice(0, -1)}${' '.repeat(bytes - body.length)}}`
  expect((await http.inject({ ...post, body: padded, headers: json })).statusCode).toBe(status)
})

test.each([
  [99, 201],
  [100, 201],
  [101, 400],
])('%i lines are answered %i', async (lines, status) => {
  const { http } = await sample()
  const payload = { ...parcel, items: Array.from({ length: lines }, () => item) }
  expect((await http.inject({ ...post, payload })).statusCode).toBe(status)
})

test.each([
  [1, 201],
  [255, 201],
  [256, 400],
])('an Idempotency-Key of %i characters is answered %i', async (length, status) => {
  const { http } = await sample()
  const headers = { 'idempotency-key': 'k'.repeat(length) }
  expect((await http.inject({ ...post, payload: parcel, headers })).statusCode).toBe(status)
})

test.each([
  [16_000, 200],
  [16_384, 431],
])('a header of %i characters is answered %i', async (length, status) => {
  const { http } = await sample()
  const url = await listen(http, { httpHost: '127.0.0.1', httpPort: 0 })
  expect((await fetch(`${url}/livez`, { headers: { 'x-any': 'x'.repeat(length) } })).status).toBe(status)
})

test('a connection beyond the most is closed unanswered, and one that was freed is used again', async () => {
  const { http } = await sample({ limits: { maxConnections: 2 } })
  const { port } = new URL(await listen(http, { httpHost: '127.0.0.1', httpPort: 0 }))
  const ask = (): Promise<'answered' | 'closed'> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), '127.0.0.1')
      sockets.push(socket)
      socket.on('data', () => resolve('answered')).on('close', () => resolve('closed'))
      socket.on('error', () => resolve('closed'))
      socket.write('GET /livez HTTP/1.1\r\nHost: h\r\n\r\n')
    })
  expect([await ask(), await ask(), await ask()]).toEqual(['answered', 'answered', 'closed'])
  sockets[0]?.destroy()
  await expect.poll(ask).toBe('answered')
})
