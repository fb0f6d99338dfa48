import { inventoryFailed, inventoryReserved, orderCancelled, orderCreated } from '@skald/contracts'
import { createTestDatabase, createTestNats, eventually, openWire, startHosted } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'

const LONG = { timeoutMs: 25_000 }
const price = { amount: 100, currency: 'EUR' }
const order = (index: number) => ({ orderId: `o${index}`, correlation: { correlationId: `s${index}` } })

test('sagas are listed by status as they run, are undone and have ended, page by page', async () => {
  const [database, nats] = await Promise.all([createTestDatabase('saga'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  const wire = await openWire(nats.url(), ['inventory-service-commands', 'order-service-commands'])
  onTestFinished(() => wire.close())
  const env = { SAGA_DATABASE_URL: database.url, NATS_URL: nats.url(), COORDINATOR_PORT: '0' }
  const service = await startHosted(sagaCoordinator, env)
  onTestFinished(() => service.stop())
  const get = async (path: string) => (await fetch(`${service.http.listeningOrigin}${path}`)).json()
  const list = async (query: string) => {
    const { items, nextCursor } = (await get(`/sagas?${query}`)) as {
      items: readonly { sagaId: string }[]
      nextCursor?: string
    }
    return { ids: items.map(({ sagaId }) => sagaId), nextCursor }
  }
  const asked = (type: string, orderId: string) =>
    eventually(() => {
      const found = wire.heard.find(({ message }) => message.type === type && message.subject === orderId)
      if (!found) throw new Error(`${type} was not asked about ${orderId}`)
      return found.message.id
    }, LONG)

  for (const index of [1, 2, 3, 4]) {
    const { orderId, correlation } = order(index)
    const items = [{ sku: 'A', quantity: 1, price }]
    const said = orderCreated({ orderId, sagaId: `s${index}`, customerId: 'c1', items, total: price })
    await wire.send(said, correlation)
    await asked('inventory.reserve.v1', orderId)
  }
  // One goes on, one is being undone, one is undone; the first has not heard anything.
  const reply = async (index: number, said: Parameters<typeof wire.send>[0], to: string) => {
    const { orderId, correlation } = order(index)
    await wire.send(said, { ...correlation, causationId: await asked(to, orderId) })
  }
  const missing = [{ sku: 'A', requested: 1, available: 0 }]
  await reply(2, inventoryReserved({ orderId: 'o2' }), 'inventory.reserve.v1')
  await reply(3, inventoryFailed({ orderId: 'o3', reason: 'out-of-stock', missing }), 'inventory.reserve.v1')
  await reply(4, inventoryFailed({ orderId: 'o4', reason: 'out-of-stock', missing }), 'inventory.reserve.v1')
  await reply(4, orderCancelled({ orderId: 'o4', reason: 'out-of-stock' }), 'order.cancel.v1')

  await eventually(async () => expect((await list('status=COMPENSATED')).ids).toEqual(['s4']), LONG)
  await eventually(async () => expect((await list('status=COMPENSATING')).ids).toEqual(['s3']), LONG)
  const first = await list('status=RUNNING&limit=1')
  expect(first.ids).toEqual(['s2'])
  expect(await list(`status=RUNNING&limit=1&cursor=${first.nextCursor}`)).toEqual({ ids: ['s1'] })
  expect((await list('status=COMPLETED')).ids).toEqual([])
  expect((await list('status=RUNNING&definition=other')).ids).toEqual([])
  expect((await list('limit=3')).ids).toEqual(['s4', 's3', 's2'])
  expect((await list('correlationId=o3&status=COMPENSATING')).ids).toEqual(['s3'])
  expect((await list('correlationId=o3&status=RUNNING')).ids).toEqual([])
  // Newer sagas of another definition do not cut a page short.
  for (const [table, change] of [
    ['saga', `'definition', 'other'`],
    ['saga_detour', `'status', 'COMPENSATED'`],
  ]) {
    await database.query(`INSERT INTO ${table} SELECT (jsonb_populate_record(r,
      jsonb_build_object('saga_id', 's5' || n, 'started_at', now(), ${change}))).*
      FROM ${table} r, generate_series(1, 5) n WHERE r.saga_id = 's4'`)
  }
  expect((await list('status=COMPENSATED&definition=other')).ids).toHaveLength(5)
  expect((await list('status=COMPENSATED&definition=order&limit=1')).ids).toEqual(['s4'])
  expect(await get('/definitions')).toMatchObject({ items: [{ versions: [{ liveSagas: 3 }] }] })
})
