import { randomUUID } from 'node:crypto'
import { orderCreated, tripRequested } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startRunning } from './running.ts'

const TOKEN = 'a-token-of-the-operator'

let running: Running
beforeAll(async () => {
  const settings = { OPERATOR_TOKEN: TOKEN, SKALD_PARTICIPANTS: 'trip', SAGA_NUDGE_AFTER_MS: '200' }
  running = await startRunning(['trip-service-commands'], settings)
})
afterAll(() => running.close())

const query = (sql: string) => running.database.query(sql)

const post = async (payload: object, headers: Readonly<Record<string, string>> = {}) => {
  const request = { method: 'POST', url: '/sagas', payload } as const
  const authorization = `Bearer ${TOKEN}`
  const answer = await running.coordinator.http.inject({ ...request, headers: { authorization, ...headers } })
  const { location } = answer.headers
  return { status: answer.statusCode, location, body: answer.json() as Record<string, unknown> }
}
const get = async (url: string) =>
  (await running.coordinator.http.inject({ method: 'GET', url })).json() as Record<string, unknown>
const problem = (name: string) => `urn:skald:problem:${name}`
const dataOf = (tripId: string) => ({ tripId, traveller: 'Ada', flight: 'SK-1', hotel: 'grand' })
const trip = (tripId: string, more: object = {}) => ({ definition: 'trip', data: dataOf(tripId), ...more })
const heardOf = (sagaId: unknown) =>
  running.wire.heard.filter(({ message }) => message.correlationId === sagaId).map(({ message }) => message.type)

describe('POST /sagas', () => {
  test('starts a saga with the data of the event that starts it, and says its first commands', async () => {
    const tripId = randomUUID()
    const { status, location, body } = await post(trip(tripId))
    const sagaId = body['sagaId'] as string
    const state = { booking: { reserving: { flight: 'asking', hotel: 'asking' } } }
    expect(body).toEqual({ sagaId, definition: 'trip', version: 1, status: 'RUNNING', state })
    expect({ status, location }).toEqual({ status: 201, location: `/sagas/${sagaId}` })
    expect(await get(`/sagas/${sagaId}`)).toMatchObject({
      businessKey: tripId,
      state,
      history: [{ seq: 1, type: 'trip.requested.v1', from: null, to: state, sent: [{}, {}] }],
    })
    const said = ['trip.reserve-flight.v1', 'trip.reserve-hotel.v1']
    await eventually(() => expect(heardOf(sagaId).sort()).toEqual(said))
  })

  test('is answered when the saga is durable, also while NATS is away: it goes on when that is back', async () => {
    await running.nats.kill9()
    const { status, body } = await post(trip(randomUUID()))
    expect(status).toBe(201)
    const sagaId = body['sagaId'] as string
    expect(await query(`SELECT status FROM saga WHERE saga_id = '${sagaId}'`)).toEqual([{ status: 'RUNNING' }])
    await running.nats.restart()
    await eventually(() => expect(new Set(heardOf(sagaId)).size).toBe(2), { timeoutMs: 20_000 })
  })

  test('starts one saga under one Idempotency-Key, however often and at once it is sent; another body is 422', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const tripId = randomUUID()
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(trip(tripId), headers)))
    for (const answer of answers) expect(answer).toEqual({ ...answers[0], status: 201 })
    expect(await query(`SELECT 1 FROM saga WHERE business_key = '${tripId}'`)).toHaveLength(1)
    const other = await post(trip(randomUUID()), headers)
    expect(other).toMatchObject({ status: 422, body: { type: problem('idempotency-key-reused') } })
  })

  test('starts one saga of one id, however often and at once it is sent; another body is 409', async () => {
    const sagaId = randomUUID()
    const body = trip(randomUUID(), { sagaId })
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(body)))
    for (const answer of answers) expect(answer).toMatchObject({ status: 201, body: { sagaId } })
    expect(await post(trip(randomUUID(), { sagaId }))).toMatchObject({
      status: 409,
      body: { type: problem('saga-exists'), detail: `Saga ${sagaId} was started with another body.` },
    })
    expect((await get(`/sagas/${sagaId}`))['history']).toHaveLength(1)
  })

  test('about what has a saga already is 409 and names that one, however it was started', async () => {
    const [byRequest, byMessage] = [randomUUID(), randomUUID()]
    const { body } = await post(trip(byRequest))
    await running.wire.send(tripRequested(dataOf(byMessage)), { correlationId: `saga-of-${byMessage}` })
    await eventually(async () => expect(await get(`/sagas/saga-of-${byMessage}`)).toMatchObject({ status: 'RUNNING' }))
    const cases = [
      [byRequest, body['sagaId']],
      [byMessage, `saga-of-${byMessage}`],
    ] as const
    for (const [tripId, sagaId] of cases) {
      const again = await post(trip(tripId))
      expect(again).toMatchObject({ status: 409, body: { type: problem('saga-exists') } })
      expect(again.body['detail']).toContain(String(sagaId))
    }
    const taken = await post(trip(randomUUID(), { sagaId: `saga-of-${byMessage}` }))
    expect(taken).toMatchObject({ status: 409, body: { type: problem('saga-exists') } })
  })

  test('of a definition or a version that nobody knows is 404 and names those that are known', async () => {
    expect(await post({ definition: 'returns', data: {} })).toMatchObject({
      status: 404,
      body: {
        type: problem('definition-not-found'),
        detail: 'No definition is called returns; there is order, trip.',
        errors: [{ field: 'definition' }],
      },
    })
    expect(await post(trip(randomUUID(), { version: 7 }))).toMatchObject({
      status: 404,
      body: { detail: 'trip has no version 7; there is 1.', errors: [{ field: 'version' }] },
    })
  })

  test('of a definition that works on a record of a service is 422 and says who starts it', async () => {
    const price = { amount: 500, currency: 'EUR' }
    const items = [{ sku: 'tea', quantity: 1, price }]
    const orderId = randomUUID()
    const { data } = orderCreated({ orderId, customerId: 'c', items, total: price })
    const { status, body } = await post({ definition: 'order', data })
    expect({ status, type: body['type'] }).toEqual({ status: 422, type: problem('definition-not-startable') })
    expect(body['detail']).toContain('order-service says order.created.v1')
    expect(await query(`SELECT 1 FROM saga WHERE business_key = '${orderId}'`)).toEqual([])
  })

  test('names every field of the data that is wrong', async () => {
    const data = { tripId: 'a b', traveller: '', hotel: 'grand', bookWithinSeconds: 0, meal: 'none' }
    const { status, body } = await post({ definition: 'trip', data })
    expect({ status, type: body['type'] }).toEqual({ status: 400, type: problem('invalid-request') })
    const fields = (body['errors'] as { field: string }[]).map(({ field }) => field)
    expect(fields.sort()).toEqual([
      'data.bookWithinSeconds',
      'data.flight',
      'data.meal',
      'data.traveller',
      'data.tripId',
    ])
  })

  test.each([
    ['no definition', { data: {} }, 'definition'],
    ['no data', { definition: 'trip' }, 'data'],
    ['data that are a list', { definition: 'trip', data: [] }, 'data'],
    ['an odd saga id', trip('t', { sagaId: 'a b' }), 'sagaId'],
    ['a version that is a text', trip('t', { version: '1' }), 'version'],
    ['an unknown field', trip('t', { when: 'now' }), 'when'],
  ])('with %s is 400 and names the field', async (_what, payload, field) => {
    expect(await post(payload)).toMatchObject({ status: 400, body: { errors: [{ field }] } })
  })

  test('without the token of an operator is 401 and starts nothing', async () => {
    const tripId = randomUUID()
    expect(await post(trip(tripId), { authorization: '' })).toMatchObject({ status: 401 })
    expect(await query(`SELECT 1 FROM saga WHERE business_key = '${tripId}'`)).toEqual([])
  })
})
