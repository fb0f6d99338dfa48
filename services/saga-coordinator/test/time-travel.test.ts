import { inventoryReserved, orderCreated } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sagaArchive } from '../src/index.ts'
import { type Running, startRunning } from './running.ts'

const LONG = { timeoutMs: 25_000 }
const TOKEN = 'a-token-of-the-operator'
const price = { amount: 500, currency: 'EUR' }
const items = [{ sku: 'tea', quantity: 1, price }]

let running: Running
beforeAll(async () => {
  running = await startRunning(['inventory-service-commands', 'payment-service-commands'], { OPERATOR_TOKEN: TOKEN })
  const { wire, coordinator } = running
  await wire.send(orderCreated({ orderId: 'o1', customerId: 'c', items, total: price }), { correlationId: 's1' })
  await eventually(async () => expect((await get('/sagas/s1')).status).toBe(200), LONG)
  await wire.send(inventoryReserved({ orderId: 'o1' }), { correlationId: 's1' })
  await eventually(async () => expect((await get('/sagas/s1')).body).toMatchObject({ state: 'takingPayment' }), LONG)
  const headers = { authorization: `Bearer ${TOKEN}` }
  const payload = { reason: 'fraud', actor: 'bob' }
  await coordinator.http.inject({ method: 'POST', url: '/sagas/s1/cancel', headers, payload })
})
afterAll(() => running.close())

const get = async (url: string) => {
  const answer = await running.coordinator.http.inject({ method: 'GET', url })
  return { status: answer.statusCode, body: answer.json() as Record<string, unknown> }
}

describe('a saga after an entry of its history', () => {
  test('is shown with its state, its context and what it waited for then', async () => {
    const now = (await get('/sagas/s1')).body
    const [created, reserved, cancelled] = now['history'] as { at: string; messageId: string; type: string }[]
    expect((await get('/sagas/s1/at/1')).body).toMatchObject({
      seq: 1,
      type: 'order.created.v1',
      messageId: created?.messageId,
      at: created?.at,
      status: 'RUNNING',
      state: 'reservingStock',
      waitingFor: [{ kind: 'message', types: ['inventory.reserved.v1', 'inventory.failed.v1'], since: created?.at }],
      timers: [{ name: 'stockDeadline', dueAt: new Date(Date.parse(created?.at ?? '') + 30_000).toISOString() }],
    })
    expect((await get('/sagas/s1/at/2')).body).toMatchObject({ state: 'takingPayment', updatedAt: reserved?.at })
    const { body } = await get('/sagas/s1/at/3')
    const { status, state, context, waitingFor, timers } = now
    expect(body).toMatchObject({
      type: 'operator.cancel',
      at: cancelled?.at,
      status,
      state,
      context,
      waitingFor,
      timers,
    })
    expect(body).not.toHaveProperty('history')
  })

  test.each(['0', '-1', '1.5', 'last', '01', '1e1'])(
    'that is called %s is 400, and the answer says what is',
    async (seq) => {
      expect(await get(`/sagas/s1/at/${seq}`)).toMatchObject({
        status: 400,
        body: {
          errors: [{ field: 'path.seq', message: 'must be the number of an entry of the history: 1, 2, 3, ...' }],
        },
      })
    },
  )

  test('that is not there is 404 and says which are, and so is one of a saga that nobody knows', async () => {
    const detail = 'The history of saga s1 has no entry 4; ask for 1 to 3.'
    const type = 'urn:skald:problem:history-entry-not-found'
    expect(await get('/sagas/s1/at/4')).toMatchObject({ status: 404, body: { type, detail } })
    expect(await get('/sagas/nobody/at/1')).toMatchObject({
      status: 404,
      body: { detail: 'No saga nobody has started.' },
    })
  })

  test('is the same from the archive; one that goes another way today is 409 and named', async () => {
    const before = (await get('/sagas/s1/at/2')).body
    const { database } = running
    await database.query(`UPDATE saga SET ended_at = updated_at, status = 'COMPENSATED' WHERE saga_id = 's1'`)
    const pool = { query: async (text: string, values: unknown[]) => ({ rows: await database.query(text, values) }) }
    await sagaArchive(pool as never, () => undefined).archive(undefined, 1_000, 0)
    expect((await get('/sagas/s1/at/2')).body).toEqual(before)
    expect((await get('/sagas/s1/why')).body).toMatchObject({
      waitingFor: [],
      sentence: expect.stringContaining('ended COMPENSATED') as string,
      operators: [{ reason: 'bob: fraud' }],
    })
    await database.query(`UPDATE saga_archive SET body = replace(body, '"takingPayment"', '"takingMoney"')`)
    expect(await get('/sagas/s1/at/2')).toMatchObject({
      status: 409,
      body: { type: 'urn:skald:problem:replay-differs', detail: expect.stringContaining('entry 2 goes another way') },
    })
  })
})
