import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { recordLog } from '../test/recorded-log.ts'
import { buildSampleApp, type SampleApp, type SampleOptions } from '../test/sample-app.ts'
import { buildHttp, createHealth, createMetrics, type Http, listen } from './index.ts'

const opened: Http[] = []
async function sample(options?: SampleOptions): Promise<SampleApp> {
  const app = await buildSampleApp(options)
  opened.push(app.http)
  return app
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((http) => http.close()))
})

test('an error of ours is a 500 that tells the caller nothing of the inside, and the log everything but secrets', async () => {
  const { logger, entries } = recordLog()
  const { http } = await sample({ logger })
  const answer = await http.inject('/parcels/broken')
  expect(answer.statusCode).toBe(500)
  expect(answer.json()).toMatchObject({ type: 'urn:skald:problem:internal-error' })
  expect(answer.payload).not.toMatch(/postgresql|hunter2|connect/)
  expect(entries()).toHaveLength(1)
  expect(entries()[0]).toMatchObject({
    level: 'error',
    requestId: answer.json().requestId,
    route: '/parcels/:parcelId',
    err: { message: 'connect to postgresql://***@db/order_db failed' },
  })
})

test('an outage of what a service depends on is a 503 that may be asked again, and no fault of ours in the log', async () => {
  const { logger, entries } = recordLog()
  const { http } = await sample({ logger })
  const answer = await http.inject('/parcels/away')
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2'])
  expect(entries()).toMatchObject([
    { level: 'warn', requestId: answer.json().requestId, err: { code: 'ECONNREFUSED' } },
  ])
})

test('an answer that does not fit its schema is a 500, not a wrong answer', async () => {
  const { http } = await sample()
  const answer = await http.inject('/parcels/wrong-answer')
  expect(answer.statusCode).toBe(500)
  expect(answer.payload).not.toContain('0.5')
})

test('a problem thrown in a route is the answer', async () => {
  const { http } = await sample()
  const answer = await http.inject('/parcels/missing')
  expect([answer.statusCode, answer.json().detail]).toEqual([404, 'No such parcel.'])
})

test('every answer has a request id: the given one when it is fit to be logged, else a new one', async () => {
  const { http } = await sample()
  const idFor = async (given: string) =>
    (await http.inject({ url: '/livez', headers: { 'x-request-id': given } })).headers['x-request-id']
  expect(await idFor('trace-1.a:b_c')).toBe('trace-1.a:b_c')
  expect(await idFor('two words')).toMatch(/^[0-9a-f-]{36}$/)
  expect(await idFor('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/)
})

test('a wrong method is told which methods there are', async () => {
  const { http } = await sample()
  const answer = await http.inject({ method: 'DELETE', url: '/parcels?x=1' })
  expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, HEAD, POST'])
})

test('requests are counted by route, method and status, never by URL', async () => {
  const { http, metrics } = await sample()
  await http.inject('/parcels/p1')
  await http.inject('/parcels/p2')
  await http.inject('/parcels/missing')
  await http.inject('/nothing/4711')
  const text = (await http.inject('/metrics')).payload
  expect(text).toContain('{route="/parcels/:parcelId",method="GET",status="200",service="sample-service"} 2')
  expect(text).toContain('{route="/parcels/:parcelId",method="GET",status="404",service="sample-service"} 1')
  expect(text).toContain('{route="none",method="GET",status="404",service="sample-service"} 1')
  expect(text).not.toContain('4711')
  expect(text).toBe((await metrics.registry.metrics()).replace(/.*"\/metrics".*\n/g, ''))
})

test('probes answer 200 or 503 with the checks', async () => {
  const { http, health } = await sample()
  health.add('nats', () => ({ ok: false, detail: 'not connected' }))
  const [live, ready] = await Promise.all([http.inject('/livez'), http.inject('/readyz')])
  expect([live.statusCode, live.json()]).toEqual([200, { status: 'ok', checks: [] }])
  expect([ready.statusCode, ready.json()]).toEqual([
    503,
    { status: 'failing', checks: [{ name: 'nats', ok: false, detail: 'not connected' }] },
  ])
  health.add('nats', () => ({ ok: true }))
  expect((await http.inject('/readyz')).statusCode).toBe(200)
})

test('the OpenAPI document says what is taken, what is answered and how it fails', async () => {
  z.string().meta({ id: 'OfAnotherService' })
  const { http } = await sample()
  const answer = await http.inject('/openapi.json')
  expect(answer.headers['content-type']).toContain('application/json')
  const document = answer.json()
  expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'sample-service' } })
  expect(Object.keys(document.components.schemas)).toEqual(['Problem'])
  const { requestBody, responses } = document.paths['/parcels'].post
  expect(requestBody.content['application/json'].schema).toMatchObject({ additionalProperties: false })
  expect(responses['422'].content['application/problem+json'].schema).toEqual({ $ref: '#/components/schemas/Problem' })
  expect(responses['default'].content).toHaveProperty(['application/problem+json'])
  const [limit] = document.paths['/parcels'].get.parameters
  expect(limit).toMatchObject({
    name: 'limit',
    required: false,
    schema: { type: 'integer', maximum: 100 },
  })
})

test('the page of the documentation comes from the service alone', async () => {
  const { http } = await sample()
  const answer = await http.inject('/docs')
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
  const files = [...answer.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '')
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) expect((await http.inject(new URL(file, 'http://h/docs/').pathname)).statusCode).toBe(200)
  expect((await http.inject('/docs/static/swagger-initializer.js')).payload).toContain('/openapi.json')
})

test('a route whose schema would drop unknown fields does not start', async () => {
  const metrics = createMetrics('loose', { processMetrics: false })
  const http = await buildHttp({ service: 'loose', metrics, health: createHealth() })
  const body = z.strictObject({ items: z.array(z.object({ sku: z.string() })) })
  http.post('/loose', { schema: { body } }, async () => ({}))
  await expect(http.ready()).rejects.toThrow(/use z.strictObject: items\[\]/)
})

test('an address that is taken or not ours is told with the fix', async () => {
  const { http } = await sample()
  const url = new URL(await listen(http, { httpHost: '127.0.0.1', httpPort: 0 }))
  const second = await sample()
  const taken = listen(second.http, { httpHost: '127.0.0.1', httpPort: Number(url.port) })
  await expect(taken).rejects.toThrow(`Another process listens on 127.0.0.1:${url.port}`)
  const third = await sample()
  await expect(listen(third.http, { httpHost: '192.0.2.1', httpPort: 0 })).rejects.toThrow('mend HTTP_HOST')
})

interface Conversation {
  readonly text: string
  readonly tookMs: number
}

/** Sends bytes and never more, until the server ends the connection. */
async function converse(http: Http, bytes: string): Promise<Conversation> {
  const { port } = new URL(await listen(http, { httpHost: '127.0.0.1', httpPort: 0 }))
  const startedAt = performance.now()
  const socket = connect(Number(port), '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.write(bytes)
  await new Promise((resolve) => socket.on('close', resolve))
  return { text, tookMs: performance.now() - startedAt }
}

test.for([
  ['bytes that are no HTTP', 'HELLO\r\n\r\n', 400, 'malformed-request'],
  ['a header with a NUL', 'GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n', 400, 'malformed-request'],
  [
    'two lengths',
    'POST /parcels HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    400,
    'malformed-request',
  ],
  [
    'a length and chunks',
    'POST /parcels HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'malformed-request',
  ],
  ['a request without a host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed-request'],
  ['a request for a tunnel', 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: h\r\n\r\n', 405, 'method-not-allowed'],
  [
    'an expectation that nobody can meet',
    'GET /livez HTTP/1.1\r\nHost: h\r\nExpect: a-miracle\r\n\r\n',
    417,
    'expectation-failed',
  ],
  ['32 KiB of headers', `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(32_768)}\r\n\r\n`, 431, 'headers-too-large'],
] as const)('%s are answered with a problem, and the connection ends', async ([, bytes, status, type]) => {
  const { http } = await sample()
  const { text } = await converse(http, bytes)
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(text).toContain('content-type: application/problem+json')
  expect(text).toContain(`urn:skald:problem:${type}`)
})

const impatient = { requestTimeoutMs: 300, headersTimeoutMs: 200, keepAliveTimeoutMs: 100, checkIntervalMs: 50 }

test.for([
  ['half a head', 'GET /livez HTTP/1.1\r\nHost: h\r\nX-Slow: '],
  [
    'a head and half a body',
    'POST /parcels HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"a',
  ],
] as const)('who sends %s and waits is refused in time', async ([, bytes]) => {
  const { http } = await sample({ limits: impatient })
  const { text, tookMs } = await converse(http, bytes)
  expect(text).toContain('urn:skald:problem:request-timeout')
  expect(tookMs).toBeLessThan(5_000)
})

test('a connection without a request is closed in time, and others are served meanwhile', async () => {
  const { http } = await sample({ limits: impatient })
  const { text } = await converse(http, 'GET /livez HTTP/1.1\r\nHost: h\r\n\r\n')
  expect(text).toMatch(/^HTTP\/1.1 200 OK/)
})

test('closing does not wait for connections on which nothing was ever asked', async () => {
  const { http } = await sample()
  const url = new URL(await listen(http, { httpHost: '127.0.0.1', httpPort: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  const ended = new Promise((resolve) => socket.on('close', resolve))
  await new Promise((resolve) => socket.on('connect', resolve))
  const beganMs = performance.now()
  await http.close()
  expect(performance.now() - beganMs).toBeLessThan(3_000)
  await ended
})

test('closing lets a request in hand end, and takes no new connection', async () => {
  const { http, health } = await sample()
  let release = (): void => {}
  let isAsked = false
  health.add('slow', () => {
    isAsked = true
    return new Promise((resolve) => {
      release = () => resolve({ ok: true })
    })
  })
  const url = await listen(http, { httpHost: '127.0.0.1', httpPort: 0 })
  const answer = fetch(`${url}/readyz`)
  await vi.waitUntil(() => isAsked)
  const closed = http.close()
  await vi.waitFor(() => expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed'))
  release()
  expect((await answer).status).toBe(200)
  await closed
})
