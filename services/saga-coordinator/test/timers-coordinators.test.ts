import { inventoryReserved } from '@skald/contracts'
import { eventually, type HostedService, startHosted } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'
import { type Running, startRunning, startSaga } from './running.ts'

/* Two coordinators, each of which remembers the rows of the sagas that it wrote last. */

const HOUR_MS = 3_600_000
const STEP_MS = 4_000
const LONG = { timeoutMs: 30_000 }
const LIMIT = { timeout: 60_000 }
const why = { reason: 'the provider was down', actor: 'ada' }

let running: Running
let other: HostedService
beforeAll(async () => {
  running = await startRunning(['inventory-service-commands', 'payment-service-commands'], {
    SAGA_STEP_TIMEOUT_MS: `${STEP_MS}`,
    SAGA_NUDGE_AFTER_MS: '1000',
  })
  other = await startHosted(sagaCoordinator, running.env)
})
afterAll(async () => {
  await other.stop()
  await running.close()
})

type Body = Readonly<Record<string, unknown>>
const get = async (url: string) => (await running.coordinator.http.inject({ method: 'GET', url })).json() as Body
const post = (coordinator: HostedService, url: string, payload: object) =>
  coordinator.http.inject({ method: 'POST', url, payload })
const start = (): Promise<string> => startSaga(running)
const reserveOf = (sagaId: string) =>
  running.wire.heard.find(({ message }) => message.type === 'inventory.reserve.v1' && message.correlationId === sagaId)
    ?.message.id

describe('timers that were moved by one coordinator', () => {
  test(
    'hold in a coordinator that remembers what the sagas were before, and go on with its replies',
    LIMIT,
    async () => {
      const ids = await Promise.all(Array.from({ length: 12 }, start))
      const filter = { name: 'stockDeadline' }
      const answers = await Promise.all(
        [running.coordinator, other].map((each) => post(each, '/timers/shift', { ...why, filter, byMs: HOUR_MS })),
      )
      expect(answers.map((answer) => answer.statusCode)).toEqual([202, 202])
      const late = await start()
      await eventually(async () => expect(await get(`/sagas/${late}`)).toMatchObject({ status: 'COMPENSATING' }), LONG)
      for (const id of ids) {
        expect(await get(`/sagas/${id}`)).toMatchObject({ status: 'RUNNING', state: 'reservingStock' })
        expect(await get(`/timers?sagaId=${id}`)).toMatchObject({ items: [{ overdue: false }] })
      }
      const [due = '', cancelled = '', ...rest] = ids
      await post(other, `/timers/${cancelled}/stockDeadline/1/cancel`, why)
      await post(other, `/timers/${due}/stockDeadline/1/move`, { ...why, dueAt: new Date(0).toISOString() })
      await eventually(async () => expect(await get(`/sagas/${due}`)).toMatchObject({ status: 'COMPENSATING' }), LONG)
      expect(await get(`/sagas/${cancelled}`)).toMatchObject({ status: 'RUNNING', timers: [] })
      for (const id of [cancelled, ...rest]) {
        await running.wire.send(inventoryReserved({ orderId: id }), {
          correlationId: id,
          causationId: reserveOf(id) ?? '',
        })
      }
      for (const id of [cancelled, ...rest]) {
        await eventually(async () => expect(await get(`/sagas/${id}`)).toMatchObject({ state: 'takingPayment' }), LONG)
        const { history } = (await get(`/sagas/${id}`)) as { history: { seq: number; type: string }[] }
        expect(history.map(({ seq }) => seq)).toEqual(history.map((_, index) => index + 1))
        expect(history.filter(({ type }) => type === 'operator.shift-timers')).toHaveLength(2)
      }
    },
  )
})
