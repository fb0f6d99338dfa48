import { orderConfirm } from '@skald/contracts'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asksOf, type Running, startRunning } from './running.ts'

let running: Running
beforeAll(async () => {
  running = await startRunning()
})
afterAll(() => running.close())

const place = async (sku: string): Promise<string> => {
  const order = { customerId: 'customer-1', items: [{ sku, quantity: 1 }] }
  const { status, body } = await running.request('POST', '/orders', order)
  expect(status).toBe(201)
  return String(body['orderId'])
}
const heardOf = (orderId: string) => running.wire.heard.filter(({ message }) => message.subject === orderId)

test('what was announced and has not ended is announced again when the broker lost everything', async () => {
  const sku = await running.product(100)
  const [pending, ended] = await Promise.all([place(sku), place(sku)])
  await running.request('POST', `/orders/${pending}/cancel`)
  const command = await running.wire.send(orderConfirm({ orderId: ended }))
  await eventually(() => expect(running.wire.answersTo(command)).toHaveLength(1))
  // The mark must have been written, or the first look would find a stream that was never seen.
  await eventually(async () => expect(await running.database.query('SELECT stream FROM stream_mark')).toHaveLength(1))
  const announced = ['order.cancel-requested.v1', 'order.created.v1']
  const typesOf = (messages: ReturnType<typeof heardOf>) => messages.map(({ message }) => message.type).sort()
  await eventually(() => expect(typesOf(heardOf(pending))).toEqual(announced))
  const before = heardOf(pending)
  const asked = asksOf(running).length
  await running.nats.wipe()
  await eventually(() => running.wire.ensureTopology(), { timeoutMs: 20_000 })
  await eventually(
    () => {
      const again = heardOf(pending).slice(before.length)
      // On a slow machine its own time may come meanwhile, too: then it is the second repeat.
      for (const { message } of before) expect(again).toContainEqual({ message, msgId: `${message.id}:1` })
      for (const { message } of again) expect(before.map((heard) => heard.message)).toContainEqual(message)
      expect(asksOf(running).length).toBeGreaterThan(asked)
    },
    { timeoutMs: 25_000 },
  )
  expect(heardOf(ended).filter(({ message }) => message.type === 'order.created.v1')).toHaveLength(1)
})

test('an order that was taken while the broker was away is announced when it is back', async () => {
  const sku = await running.product(100)
  await running.nats.kill9()
  const orderId = await place(sku)
  await running.nats.restart()
  await eventually(
    async () => {
      // As its time goes by: an announcement that failed has its next turn only later.
      await running.database.query("UPDATE task SET due_at = now() WHERE kind = 'announce-order'")
      expect(heardOf(orderId).length).toBeGreaterThan(0)
    },
    { timeoutMs: 25_000 },
  )
  expect(new Set(heardOf(orderId).map(({ message }) => message.id)).size).toBe(1)
})
