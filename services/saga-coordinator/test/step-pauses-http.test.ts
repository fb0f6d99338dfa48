import { randomUUID } from 'node:crypto'
import { inventoryReserved, orderCreated } from '@skald/contracts'
import { eventually, startHosted } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'
import { copySaga } from './copies.ts'
import { type Running, startRunning } from './running.ts'

const TOKEN = 'a-token-of-the-operator'
const STEP = 'takingPayment'
/** The long form is what is promised. */
const COUNT = process.env['E2E_LONG'] === '1' ? 10_000 : 300
const LIMIT = { timeout: 200_000 }
let running: Running
beforeAll(async () => {
  running = await startRunning(['inventory-service-commands', 'payment-service-commands'], { OPERATOR_TOKEN: TOKEN })
})
afterAll(() => running.close())

interface Asked {
  readonly payload?: object
  readonly key?: string
  readonly token?: string
}

const ask = (
  path: string,
  { payload = { reason: 'the provider is down', actor: 'ada' }, key, token = TOKEN }: Asked = {},
) =>
  running.coordinator.http.inject({
    method: 'POST',
    url: path,
    headers: { authorization: `Bearer ${token}`, ...(key !== undefined && { 'idempotency-key': key }) },
    payload,
  })
const step = (verb: string, more: object = {}) =>
  ask(`/definitions/order/${verb}`, { payload: { step: STEP, reason: 'the provider is down', actor: 'ada', ...more } })
const get = async (path: string) => (await running.coordinator.http.inject({ method: 'GET', url: path })).json()
const heard = (type: string, sagaId: string) =>
  running.wire.heard.find(({ message }) => message.type === type && message.correlationId === sagaId)?.message

const start = async (): Promise<{ sagaId: string; reserved: () => Promise<unknown> }> => {
  const sagaId = randomUUID()
  const price = { amount: 100, currency: 'EUR' }
  const items = [{ sku: 'A', quantity: 1, price }]
  await running.wire.send(orderCreated({ orderId: sagaId, sagaId, customerId: 'c1', items, total: price }), {
    correlationId: sagaId,
  })
  const asked = await eventually(() => heard('inventory.reserve.v1', sagaId) ?? Promise.reject(new Error('not asked')))
  const reserved = () =>
    running.wire.send(inventoryReserved({ orderId: sagaId }), { correlationId: sagaId, causationId: asked.id })
  return { sagaId, reserved }
}

describe('a step that is paused by HTTP', () => {
  test('holds what comes to it in every coordinator, says so, and lets it go on at once when it is resumed', async () => {
    const other = await startHosted(sagaCoordinator, running.env)
    const sagas = await Promise.all(Array.from({ length: 6 }, start))
    const paused = await step('pause')
    expect(paused).toMatchObject({ statusCode: 202 })
    expect(paused.json()).toMatchObject({
      definition: 'order',
      step: STEP,
      actor: 'ada',
      reason: 'the provider is down',
    })
    await Promise.all(sagas.map(({ reserved }) => reserved()))
    for (const { sagaId } of sagas) {
      await eventually(async () =>
        expect(await get(`/sagas/${sagaId}`)).toMatchObject({ status: 'PAUSED', state: 'reservingStock' }),
      )
    }
    const [first] = sagas
    const { waitingFor } = await get(`/sagas/${first?.sagaId}`)
    expect(waitingFor).toMatchObject([{ kind: 'person', reason: expect.stringContaining(STEP) as string }])
    expect(await get(`/sagas/${first?.sagaId}/why`)).toMatchObject({
      toDo: [{ request: { path: '/definitions/order/resume' } }],
    })
    expect(await get('/definitions/order')).toMatchObject({ paused: [{ step: STEP, actor: 'ada' }] })
    expect(sagas.filter(({ sagaId }) => heard('payment.charge.v1', sagaId))).toEqual([])
    expect(await ask(`/sagas/${first?.sagaId}/resume`, { payload: { reason: 'try' } })).toMatchObject({
      statusCode: 409,
    })

    expect((await step('resume')).statusCode).toBe(202)
    for (const { sagaId } of sagas)
      await eventually(() => heard('payment.charge.v1', sagaId) ?? Promise.reject(new Error('not asked')))
    expect(await get('/definitions/order')).toMatchObject({ paused: [] })
    await other.stop()
  })

  test('lets none of a great many time out for it, however long it is', LIMIT, async () => {
    const own = await startRunning(['inventory-service-commands', 'payment-service-commands'], {
      OPERATOR_TOKEN: TOKEN,
      SAGA_STEP_TIMEOUT_MS: '6000',
      SAGA_NUDGE_AFTER_MS: '1500',
    })
    const outer = running
    running = own
    try {
      const { sagaId, reserved } = await start()
      await reserved()
      await eventually(() => heard('payment.charge.v1', sagaId) ?? Promise.reject(new Error('not asked')))
      await copySaga(own.database, sagaId, COUNT)
      expect((await step('pause')).statusCode).toBe(202)
      const count = async (where: string) => {
        const [row] = await own.database.query(
          `SELECT count(*)::int AS count FROM saga WHERE saga_id LIKE '${sagaId}%' AND ${where}`,
        )
        return row?.['count']
      }
      await eventually(async () => expect(await count(`status = 'PAUSED'`)).toBe(COUNT + 1), { timeoutMs: 60_000 })
      // One in a step that is not paused is given up meanwhile: longer than any deadline has passed.
      const other = await start()
      await eventually(
        async () => expect(await get(`/sagas/${other.sagaId}`)).toMatchObject({ status: 'COMPENSATING' }),
        { timeoutMs: 30_000 },
      )
      expect((await step('resume')).statusCode).toBe(202)
      const beganMs = performance.now()
      const isOn = `status = 'RUNNING' AND state LIKE '%"takingPayment"%'`
      await eventually(async () => expect(await count(isOn)).toBe(COUNT + 1), { timeoutMs: 60_000 })
      console.log(`${COUNT} sagas went on within ${Math.round(performance.now() - beganMs)} ms of the resume`)
      expect(await count(`state LIKE '%refunding%'`)).toBe(0)
    } finally {
      running = outer
      await own.close()
    }
  })

  test('is written down, with what was paused before and after', async () => {
    await step('pause')
    await step('resume', { reason: 'it is back' })
    const { items } = await get('/audit?limit=2')
    expect(items).toMatchObject([
      { action: 'resume-step', reason: 'it is back', before: { paused: [`order/${STEP}`] }, after: { paused: [] } },
      { action: 'pause-step', actor: 'ada', before: { paused: [] }, after: { paused: [`order/${STEP}`] } },
    ])
  })

  test('is paused once, and resumed only when it is paused; one key is one request', async () => {
    const key = randomUUID()
    const payload = { step: STEP, reason: 'why' }
    const [one, again] = await Promise.all([1, 2].map(() => ask('/definitions/order/pause', { payload, key })))
    expect([one?.statusCode, again?.statusCode]).toEqual([202, 202])
    expect(one?.json()).toEqual(again?.json())
    const second = await step('pause')
    expect(second).toMatchObject({ statusCode: 409 })
    expect(second.json()).toMatchObject({
      type: 'urn:skald:problem:step-action-refused',
      detail: expect.stringContaining('is paused already, by operator: why.') as string,
    })
    const dry = await ask('/definitions/order/pause?dryRun=true', { payload })
    expect(dry.statusCode).toBe(409)
    await step('resume')
    expect((await step('resume')).json()).toMatchObject({
      detail: `Step ${STEP} of order is not paused: there is nothing to resume.`,
    })
    expect(await ask('/definitions/order/pause?dryRun=true', { payload })).toMatchObject({ statusCode: 200 })
    expect(await get('/definitions/order')).toMatchObject({ paused: [] })
  })

  test.each([
    ['/definitions/order/pause', { step: 'payment', reason: 'why' }, 404, 'name one of reservingStock, takingPayment'],
    ['/definitions/parcel/pause', { reason: 'why' }, 404, 'GET /definitions lists them'],
    ['/definitions/order/pause', { step: STEP }, 400, 'reason'],
    ['/definitions/order/pause', { reason: 'why', state: STEP }, 400, 'state'],
  ])('refuses %s %j', async (path, payload, status, text) => {
    const answer = await ask(path, { payload })
    expect(answer.statusCode).toBe(status)
    expect(answer.body).toContain(text)
  })

  test('takes an operator', async () => {
    expect((await ask('/definitions/order/pause', { token: 'another' })).statusCode).toBe(401)
  })
})
