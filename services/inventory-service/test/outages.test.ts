import { randomUUID } from 'node:crypto'
import { inventoryReserve } from '@skald/contracts'
import { eventually, type RunningService } from '@skald/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startRunning } from './running.ts'

let running: RunningService
beforeAll(async () => {
  running = await startRunning()
})
afterAll(() => running.close())

const product = { name: 'Lamp', price: { amount: 1_250, currency: 'EUR' }, onHand: 3 }
const openTasks = () => running.database.query("SELECT id FROM task WHERE kind = 'announce-change'")
const makeDue = () => running.database.query("UPDATE task SET due_at = now() WHERE kind = 'announce-change'")

test('a product made while the broker is away is announced when it is back, and its task goes', async () => {
  const sku = `sku-${randomUUID()}`
  await running.nats.kill9()
  expect((await running.request('PUT', `/products/${sku}`, product)).status).toBe(201)
  await running.nats.restart()
  await running.restart()
  await makeDue()
  await eventually(
    () => {
      const heard = running.wire.heard.filter(({ message }) => message.subject === sku)
      expect(heard.length).toBeGreaterThan(0)
      expect(new Set(heard.map(({ message }) => message.id)).size).toBe(1)
    },
    { timeoutMs: 25_000 },
  )
  await eventually(async () => expect(await openTasks()).toEqual([]), { timeoutMs: 25_000 })
})

test('a broker that lost everything is served again as soon as its streams are made', async () => {
  const sku = `sku-${randomUUID()}`
  await running.request('PUT', `/products/${sku}`, product)
  await running.nats.wipe()
  await eventually(() => running.wire.ensureTopology(), { timeoutMs: 20_000 })
  const orderId = randomUUID()
  const command = await eventually(
    () => running.wire.send(inventoryReserve({ orderId, items: [{ sku, quantity: 1 }] })),
    { timeoutMs: 20_000 },
  )
  await eventually(() => expect(running.wire.answersTo(command)).toHaveLength(1), { timeoutMs: 25_000 })
  expect((await running.request('GET', `/reservations/${orderId}`)).body).toMatchObject({ status: 'HELD' })
})
