import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildSampleApp, type SampleApp } from '../test/sample-app.ts'

const token = 'a-long-enough-operator-token'
let open: SampleApp
let guarded: SampleApp

beforeAll(async () => {
  open = await buildSampleApp()
  guarded = await buildSampleApp({ operatorToken: token })
})
afterAll(async () => {
  await Promise.all([open.http.close(), guarded.http.close()])
})

async function send(app: SampleApp, headers: Record<string, string>, remoteAddress = '127.0.0.1') {
  return app.http.inject({ method: 'POST', url: '/parcels/p1/send', headers, remoteAddress })
}

test.for([
  ['127.0.0.1', 'localhost:3007', {}],
  ['::1', '[::1]:3007', {}],
  ['::ffff:127.0.0.1', '127.0.0.1:3007', {}],
  ['127.0.0.1', '127.0.0.1:3007', { origin: 'http://127.0.0.1:3007' }],
] as const)('without a token %s as %s may act', async ([address, host, headers]) => {
  expect((await send(open, { host, ...headers }, address)).statusCode).toBe(202)
})

test.for([
  ['another machine', '10.0.0.7', { host: 'localhost' }],
  ['another machine over IPv6', '2001:db8::7', { host: '[::1]' }],
  ['a proxy on this machine', '127.0.0.1', { host: 'localhost', 'x-forwarded-for': '10.0.0.7' }],
  ['a name that only resolves to this machine', '127.0.0.1', { host: 'rebound.example:3007' }],
  ['a name that only begins like this machine', '127.0.0.1', { host: '127.0.0.1.example' }],
  ['a page of another site', '127.0.0.1', { host: 'localhost:3007', origin: 'https://evil.example' }],
  ['a page of another local port', '127.0.0.1', { host: 'localhost:3007', origin: 'http://localhost:8000' }],
  ['a page without an origin', '127.0.0.1', { host: 'localhost:3007', origin: 'null' }],
] as const)('without a token %s may not act', async ([, address, headers]) => {
  const answer = await send(open, headers, address)
  expect(answer.statusCode).toBe(403)
  expect(answer.json()).toMatchObject({ type: 'urn:skald:problem:forbidden' })
})

test('with a token its bearer may act, from anywhere', async () => {
  expect((await send(guarded, { authorization: `Bearer ${token}` }, '10.0.0.7')).statusCode).toBe(202)
  expect((await send(guarded, { authorization: `bearer ${token}` })).statusCode).toBe(202)
})

test.for([
  [{}],
  [{ authorization: token }],
  [{ authorization: `Basic ${token}` }],
  [{ authorization: 'Bearer ' }],
  [{ authorization: `Bearer ${token.slice(1)}` }],
  [{ authorization: `Bearer ${token}x` }],
  [{ authorization: `Bearer ${token} x` }],
] as const)('with a token %j may not act, not even from this machine', async ([headers]) => {
  const answer = await send(guarded, headers)
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['www-authenticate']).toContain('Bearer')
  expect(answer.payload).not.toContain(token)
})

test('other routes are not guarded', async () => {
  expect((await guarded.http.inject({ url: '/parcels/p1', remoteAddress: '10.0.0.7' })).statusCode).toBe(200)
})
