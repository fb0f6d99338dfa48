import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostileRequests, post } from '../test/hostile-requests.ts'
import { buildSampleApp, type SampleApp } from '../test/sample-app.ts'

let app: SampleApp
beforeAll(async () => {
  app = await buildSampleApp()
})
afterAll(async () => {
  await app.http.close()
})

test.for(hostileRequests)('refuses $why with $status $type', async (request) => {
  const { method = 'GET', url = '/', body, status, type, field } = request
  const before = app.taken.length
  const answer = await app.http.inject({
    method,
    url,
    ...(body === undefined ? {} : { body }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
  })

  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.headers['x-content-type-options']).toBe('nosniff')
  const problem = answer.json()
  expect(problem).toMatchObject({
    type: `urn:skald:problem:${type}`,
    status,
    requestId: answer.headers['x-request-id'],
  })
  expect(problem.title).toMatch(/\w/)
  expect(problem.detail).toMatch(/\w/)
  expect(problem.errors?.[0]?.field).toBe(field)
  expect(answer.payload.length).toBeLessThan(4096)
  expect(answer.payload).not.toMatch(/node_modules|at .+\.ts|FST_ERR/)
  expect(app.taken.length, 'the route was not reached').toBe(before)
})

test('no hostile request left a trace on the prototype of objects', () => {
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
})

test('a good request is taken as it is, with an emoji and a key in visible ASCII', async () => {
  const payload = { customerId: 'c:1_2-3.4', name: 'Zo\u00eb \u{1f600}', items: [{ sku: 'A', quantity: 1_000_000 }] }
  const answer = await app.http.inject({ ...post, payload, headers: { 'idempotency-key': '!~' } })
  expect(answer.statusCode).toBe(201)
  expect(answer.json()).toEqual({ parcelId: 'c:1_2-3.4', lines: 1 })
  expect(app.taken.at(-1)).toEqual(payload)
})

test.for([undefined, '', '{}'])('a route that asks for no body is content with %j', async (body) => {
  const headers = { host: 'localhost', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  const request = { method: 'POST', url: '/parcels/p1/send', headers, ...(body === undefined ? {} : { body }) } as const
  expect((await app.http.inject(request)).statusCode).toBe(202)
})

test.for([
  ['{"customerId":"c1",}', 'The body does not parse as JSON: see line 1 column 20.'],
  ['{"customerId":', 'The body does not parse as JSON: it ends too early.'],
  ['customerId=secret', 'The body does not parse as JSON.'],
  [
    '{"__proto__":{}}',
    'The body has a key that would change the prototype of objects: __proto__ or constructor.prototype.',
  ],
] as const)('of the body %j it is said what is wrong, without quoting it', async ([body, detail]) => {
  const answer = await app.http.inject({ ...post, body, headers: { 'content-type': 'application/json' } })
  expect(answer.json()).toMatchObject({ type: 'urn:skald:problem:malformed-json', detail })
})

test('a field that is missing, or of another type, is said to be so', async () => {
  const faults = async (payload: object) => (await app.http.inject({ ...post, payload })).json().errors
  const items = [{ sku: 'A', quantity: 1 }]
  expect(await faults({ customerId: 'c1' })).toEqual([{ field: 'items', message: 'is needed: array' }])
  expect(await faults({ customerId: 'c1', items, price: 5 })).toEqual([{ field: 'price', message: 'expected object' }])
  const { errors } = (await app.http.inject({ ...post, headers: { 'content-type': 'application/json' } })).json()
  expect(errors).toEqual([{ field: 'body', message: 'is needed: object' }])
})

test('an empty body is of no type', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' }
  const answer = await app.http.inject({
    method: 'POST',
    url: '/parcels/p1/send',
    headers: { ...headers, host: 'localhost' },
  })
  expect(answer.statusCode).toBe(202)
  expect((await app.http.inject({ ...post, headers })).json()).toMatchObject({ errors: [{ field: 'body' }] })
})

test('of many faults the first twenty are named, and how many there are', async () => {
  const items = Array.from({ length: 50 }, () => ({ sku: '', quantity: 0 }))
  const { detail, errors } = (await app.http.inject({ ...post, payload: { customerId: 'c1', items } })).json()
  expect(errors).toHaveLength(20)
  expect(detail).toContain('100')
})
