import { randomUUID } from 'node:crypto'
import {
  fraudCleared,
  inventoryReserved,
  orderCancelRequested,
  orderCreated,
  paymentConfirmed,
  type Said,
} from '@skald/contracts'
import { eventually, startHosted } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'
import { copySaga } from './copies.ts'
import { type Running, startRunning } from './running.ts'

const FAMILIES = ['inventory', 'payment', 'order', 'fraud']
const price = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 1, price }]
/** Past the place of the new step everything goes on where it is. */
const STATES = {
  takingPayment: 'takingPayment',
  completing: 'completing',
  refunding: 'refunding',
  releasingStock: 'releasingStock',
  cancellingOrder: 'cancellingOrder',
}

/** No wake comes due: nothing here is waited for. */
const PATIENT = { SAGA_STEP_TIMEOUT_MS: '3600000', SAGA_NUDGE_AFTER_MS: '1800000' }
/** The long form is what is promised to move under load. */
const COUNT = process.env['E2E_LONG'] === '1' ? 100_000 : 1_500
const LIMIT = { timeout: 500_000 }

let running: Running
/** One that knows version 1 alone, for sagas to migrate. */
let old: Awaited<ReturnType<typeof startHosted>>
beforeAll(async () => {
  const durables = FAMILIES.map((family) => `${family}-service-commands`)
  running = await startRunning(durables, { SKALD_PARTICIPANTS: 'fraud', ...PATIENT })
}, 60_000)
afterAll(() => running.close())

const http = (method: 'GET' | 'POST', url: string, payload?: object) =>
  running.coordinator.http.inject({ method, url, ...(payload && { payload }) })
const get = async (url: string) => (await http('GET', url)).json()
const post = (url: string, payload: object) =>
  http('POST', url, { reason: 'fraud is checked now', actor: 'ada', ...payload })
const send = (said: Said, correlationId: string, causationId?: string) =>
  running.wire.send(said, { correlationId, ...(causationId !== undefined && { causationId }) })
const asked = (type: string, sagaId: string) =>
  eventually(() => {
    const found = running.wire.heard.find(({ message }) => message.type === type && message.correlationId === sagaId)
    return found ? Promise.resolve(found.message.id) : Promise.reject(new Error(`${type} was not asked`))
  })
const isAt = (sagaId: string, state: unknown, version: number) =>
  eventually(async () => expect(await get(`/sagas/${sagaId}`)).toMatchObject({ state, version }))

const startOne = async (sagaId = randomUUID()): Promise<string> => {
  await send(orderCreated({ orderId: sagaId, sagaId, customerId: 'c1', items, total: price }), sagaId)
  await asked('inventory.reserve.v1', sagaId)
  return sagaId
}
const reserved = async (sagaId: string) =>
  send(inventoryReserved({ orderId: sagaId }), sagaId, await asked('inventory.reserve.v1', sagaId))
const paid = async (sagaId: string) =>
  send(paymentConfirmed({ orderId: sagaId, amount: price }), sagaId, await asked('payment.charge.v1', sagaId))

/** Sagas of version 1: a coordinator that knows no other starts them, in place of ours. */
const byVersionOne = async (count: number): Promise<string[]> => {
  await running.coordinator.stop()
  old = await startHosted(sagaCoordinator, { ...running.env, SKALD_PARTICIPANTS: '' })
  const sagas = await Promise.all(Array.from({ length: count }, () => startOne()))
  return sagas
}
const versionTwo = async () => {
  await old.stop()
  running = { ...running, coordinator: await startHosted(sagaCoordinator, running.env) }
}

describe('a migration to a version with one step more', () => {
  test('is refused with the sagas named that it would leave behind, moves all when they are mapped, and each ends', async () => {
    const [early = '', paying = '', undone = ''] = await byVersionOne(3)
    await reserved(paying)
    await reserved(undone)
    await asked('payment.charge.v1', paying)
    await send(orderCancelRequested({ orderId: undone }), undone)
    await asked('payment.refund.v1', undone)
    await versionTwo()
    const move = { definition: 'order', from: 1, to: 2 }

    const dry = await post('/migrations?dryRun=true', move)
    expect(dry.statusCode).toBe(200)
    expect(dry.json()).toMatchObject({ dryRun: true, total: 3, safe: 1, mapped: [], impossible: [] })
    expect(
      dry
        .json()
        .needsMapping.flatMap(({ sagaIds }: { sagaIds: string[] }) => sagaIds)
        .toSorted(),
    ).toEqual([paying, undone].toSorted())
    const refused = await post('/migrations', move)
    expect(refused.statusCode).toBe(409)
    expect(refused.json().detail).toContain(paying)
    expect(refused.json().detail).toContain(
      'entry 2 would differ: after inventory.reserved.v1 the saga said payment.charge.v1; by version 2 it says fraud.check.v1',
    )
    const wrong = await post('/migrations', { ...move, states: { ...STATES, takingPayment: 'checkingFraud' } })
    expect(wrong.json().detail).toContain(
      'checkingFraud waits for the answer to fraud.check.v1, which this saga has not asked',
    )

    const begun = await post('/migrations', { ...move, states: STATES })
    expect(begun.statusCode).toBe(202)
    const at = String(begun.headers['location'])
    await eventually(async () => expect(await get(at)).toMatchObject({ status: 'COMPLETED', migrated: 3, refused: 0 }))
    expect(await get('/definitions/order')).toMatchObject({
      versions: [
        { version: 1, liveSagas: 0 },
        { version: 2, liveSagas: 3 },
      ],
    })
    const { items: audit } = await get('/audit?limit=1')
    expect(audit).toMatchObject([
      { action: 'migrate', actor: 'ada', before: { version: 1 }, after: { version: 2, states: STATES } },
    ])

    await reserved(early)
    await isAt(early, 'checkingFraud', 2)
    await send(fraudCleared({ orderId: early }), early, await asked('fraud.check.v1', early))
    await paid(early)
    await paid(paying)
    for (const sagaId of [early, paying]) await isAt(sagaId, { completing: { stock: 'asking', order: 'asking' } }, 2)
    const { history } = await get(`/sagas/${paying}`)
    expect(history.map(({ type }: { type: string }) => type)).toContain('operator.migrate')
    expect(await get(`/sagas/${paying}/at/2`)).toMatchObject({ version: 1, state: 'takingPayment' })
    expect(await get(`/sagas/${paying}/at/4`)).toMatchObject({ version: 2, state: { completing: { stock: 'asking' } } })
    expect(
      running.wire.heard.filter(({ message }) => message.type === 'fraud.check.v1' && message.correlationId === paying),
    ).toEqual([])
  })

  test('is undone by one in the other direction: what did not move on is where it was', async () => {
    const [one = '', two = ''] = await byVersionOne(2)
    await reserved(two)
    await asked('payment.charge.v1', two)
    await versionTwo()
    const before = await Promise.all([one, two].map((sagaId) => get(`/sagas/${sagaId}`)))
    const there = await post('/migrations', { definition: 'order', from: 1, to: 2, states: STATES })
    await eventually(async () =>
      expect(await get(String(there.headers['location']))).toMatchObject({ status: 'COMPLETED' }),
    )
    await isAt(two, 'takingPayment', 2)
    const back = await post('/migrations', { definition: 'order', from: 2, to: 1, states: { ...STATES } })
    await eventually(async () =>
      expect(await get(String(back.headers['location']))).toMatchObject({ status: 'COMPLETED' }),
    )
    for (const [index, sagaId] of [one, two].entries()) {
      const { version, state, context, waitingFor } = await get(`/sagas/${sagaId}`)
      expect({ version, state, context }).toEqual({
        version: 1,
        state: before[index]?.state,
        context: before[index]?.context,
      })
      expect(waitingFor).toMatchObject([{ kind: 'message', deadlineAt: before[index]?.waitingFor[0].deadlineAt }])
    }
  })

  test('goes on where a coordinator died in it, while sagas go on', async () => {
    const sagas = await byVersionOne(40)
    await versionTwo()
    const other = await startHosted(sagaCoordinator, running.env)
    const begun = await post('/migrations', { definition: 'order', from: 1, to: 2, states: STATES })
    const answers = sagas.map(reserved)
    await running.coordinator.stop()
    running = { ...running, coordinator: other }
    await Promise.all(answers)
    await eventually(
      async () =>
        expect(await get(String(begun.headers['location']))).toMatchObject({ status: 'COMPLETED', refused: 0 }),
      { timeoutMs: 40_000 },
    )
    for (const sagaId of sagas) {
      const saga = await get(`/sagas/${sagaId}`)
      expect(saga).toMatchObject({ version: 2 })
      expect(['reservingStock', 'checkingFraud', 'takingPayment']).toContain(saga.state)
      expect(
        saga.history
          .map(({ from, to }: { from: unknown; to: unknown }) => [from, to])
          .every(
            ([from]: unknown[], index: number, all: unknown[][]) =>
              index === 0 || JSON.stringify(from) === JSON.stringify(all[index - 1]?.[1]),
          ),
      ).toBe(true)
    }
  })

  test('moves a great many while others start, and loses none', LIMIT, async () => {
    const [paying = ''] = await byVersionOne(1)
    await reserved(paying)
    await asked('payment.charge.v1', paying)
    await copySaga(running.database, paying, COUNT)
    await versionTwo()
    const move = { definition: 'order', from: 1, to: 2, states: STATES }
    const dry = await post('/migrations?dryRun=true', move)
    expect(dry.json()).toMatchObject({ total: COUNT + 1, needsMapping: [], impossible: [] })
    const beganMs = performance.now()
    const begun = await post('/migrations', move)
    const others = await Promise.all(Array.from({ length: 50 }, () => startOne()))
    await eventually(
      async () =>
        expect(await get(String(begun.headers['location']))).toMatchObject({
          status: 'COMPLETED',
          migrated: COUNT + 1,
          refused: 0,
        }),
      { timeoutMs: 400_000 },
    )
    const tookMs = Math.round(performance.now() - beganMs)
    console.log(`${COUNT} sagas: looked at in ${dry.json().tookMs} ms, looked at again and moved in ${tookMs} ms`)
    for (const sagaId of others) await isAt(sagaId, 'reservingStock', 2)
    const [left] = await running.database.query(`SELECT count(*) FILTER (WHERE version = 1)::int AS old,
      count(*) FILTER (WHERE state LIKE '%"takingPayment"%' AND version = 2)::int AS there FROM saga WHERE saga_id LIKE '${paying}%'`)
    expect(left).toEqual({ old: 0, there: COUNT + 1 })
  })

  test.each([
    [{ definition: 'order', from: 1, to: 3 }, 404, 'does not run order version 3; versions: 1, 2'],
    [{ definition: 'parcel', from: 1, to: 2 }, 404, 'GET /definitions lists what there is'],
    [
      { definition: 'order', from: 1, to: 2, states: { payment: 'takingPayment' } },
      409,
      'payment is no state of version 1',
    ],
    [{ definition: 'order', from: 1, to: 1 }, 409, 'the same version'],
    [{ definition: 'order', from: '1', to: 2 }, 400, 'from'],
  ])('%j is refused with why', async (payload, status, text) => {
    const answer = await post('/migrations', payload)
    expect(answer.statusCode).toBe(status)
    expect(answer.body).toContain(text)
  })

  test('that nobody started is not found', async () => {
    expect((await http('GET', '/migrations/none')).statusCode).toBe(404)
  })
})
