import { inventoryReserved, orderCreated } from '@skald/contracts'
import { createTestDatabase, createTestNats, eventually, openWire, startHosted } from '@skald/testing'
import { expect, onTestFinished, test } from 'vitest'
import { sagaCoordinator } from '../src/index.ts'

const LONG = { timeoutMs: 25_000 }
const price = { amount: 100, currency: 'EUR' }

test('started while NATS is away, it serves, and makes the streams and runs sagas when NATS is there', async () => {
  const [database, nats] = await Promise.all([createTestDatabase('saga'), createTestNats()])
  onTestFinished(() => Promise.all([database.close(), nats.close()]).then(() => undefined))
  await nats.kill9()

  const env = { SAGA_DATABASE_URL: database.url, NATS_URL: nats.url(), COORDINATOR_PORT: '0' }
  const service = await startHosted(sagaCoordinator, env)
  onTestFinished(() => service.stop())
  const request = async (path: string) => {
    const answer = await fetch(`${service.http.listeningOrigin}${path}`)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  expect(await request('/sagas')).toMatchObject({ status: 200, body: { items: [] } })
  expect((await request('/readyz')).status).toBe(503)

  // The broker's store is empty: nobody but the coordinator's keeper makes streams here.
  await nats.restart()
  await eventually(async () => expect((await request('/readyz')).status).toBe(200), LONG)
  const wire = await openWire(nats.url(), ['inventory-service-commands'], { ensures: false })
  onTestFinished(() => wire.close())
  const items = [{ sku: 'A', quantity: 1, price }]
  const created = orderCreated({ orderId: 'o1', sagaId: 's1', customerId: 'c1', items, total: price })
  await eventually(() => wire.send(created, { id: 'created-1', correlationId: 's1' }), LONG)
  const reserve = await eventually(() => {
    const [heard] = wire.heard
    if (!heard) throw new Error('the stock was not asked for')
    return heard.message
  }, LONG)
  await wire.send(inventoryReserved({ orderId: 'o1' }), { correlationId: 's1', causationId: reserve.id })
  await eventually(async () => expect((await request('/sagas/s1')).body['state']).toBe('takingPayment'), LONG)
})
