import { createTestDatabase, createTestNats, eventually, openWire, startHosted } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { orderService } from '../src/index.ts'

const ORDERS = 50
const LONG = { timeoutMs: 20_000 }
const order = { customerId: 'customer-1', items: [{ sku: 'lamp', quantity: 1 }] }

test('what still stands in the queue of a slow coordinator is not announced again; what it handled is', async () => {
  const [database, nats] = await Promise.all([createTestDatabase('order'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  const worked = Promise.withResolvers<void>()
  const wire = await openWire(nats.url(), ['saga-coordinator-starts'], { hear: () => worked.promise })
  onTestFinished(() => wire.close())
  await database.query(
    `INSERT INTO product_copy (sku, name, amount, currency, version) VALUES ('lamp', 'Lamp', 500, 'EUR', 1)`,
  )
  const env = { ORDER_DATABASE_URL: database.url, NATS_URL: nats.url(), ORDER_PORT: '0' }
  const service = await startHosted(orderService, env)
  onTestFinished(() => service.stop())
  // A stream that was never seen before may have lost what was said to it.
  await eventually(async () => expect(await database.query('SELECT stream FROM stream_mark')).toHaveLength(1), LONG)
  await Promise.all(
    Array.from({ length: ORDERS }, () => service.http.inject({ method: 'POST', url: '/orders', payload: order })),
  )
  const heard = () => new Set(wire.heard.map(({ message }) => message.id)).size
  await eventually(() => expect(heard()).toBe(ORDERS), LONG)
  const repeats = () => wire.heard.filter(({ message, msgId }) => msgId !== message.id)
  /** As time goes by; resolves when every task has looked at its order, and waits for its next turn. */
  const takeTurns = async (turn: number) => {
    await database.query(`UPDATE task SET due_at = now() WHERE kind = 'announce-order'`)
    await eventually(async () => {
      const waiting = `SELECT id FROM task WHERE kind = 'announce-order' AND attempts >= $1 AND due_at > now() + interval '2 s'`
      expect(await database.query(waiting, [turn])).toHaveLength(ORDERS)
    }, LONG)
  }

  await takeTurns(1)
  await takeTurns(2)
  expect(repeats()).toEqual([])

  worked.resolve()
  await eventually(async () => {
    await database.query(`UPDATE task SET due_at = now() WHERE kind = 'announce-order'`)
    await eventually(() => expect(new Set(repeats().map(({ message }) => message.id)).size).toBe(ORDERS), {
      timeoutMs: 1_000,
    })
  }, LONG)
})
