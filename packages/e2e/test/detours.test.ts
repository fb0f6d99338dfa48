import { type System, startSystem } from '@skald/e2e'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'

const LIMIT = { timeout: 120_000 }
const SKU = 'e2e-detour'

let system: System

beforeAll(async () => {
  system = await startSystem({ through: ['payment-service'], env: { SAGA_NUDGE_AFTER_MS: '1000' } })
  await system.offer(SKU, 1_000)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 240_000)

const order = () => system.place({ sku: SKU, paymentMethod: 'sim_approved' })

const statusOf = async (orderId: string): Promise<string> => (await system.ended(orderId)).order.status

test('a service that was started through proxies uses them, and so does its successor', LIMIT, async () => {
  onTestFailed(() => console.log(system.log('payment-service')))
  for (const server of ['nats', 'postgres'] as const) {
    const proxy = system.proxy('payment-service', server)
    await expect.poll(() => proxy.connections, { timeout: 10_000 }).toBeGreaterThan(0)
    proxy.blackHole()
    const { orderId } = await order()
    // The one it waits for has no way around the black hole, the others do their work.
    await expect.poll(() => system.reservation(orderId), { timeout: 30_000 }).toBe('HELD')
    const killed = await system.kill9('payment-service')
    proxy.resume()
    await system.back('payment-service', killed)
    expect(await statusOf(orderId)).toBe('CONFIRMED')
    expect(proxy.connections).toBeGreaterThan(0)
  }
})

test('a service lives through resets, cuts and delays of its connections', LIMIT, async () => {
  onTestFailed(() => console.log(system.log('payment-service')))
  const pid = system.pid('payment-service')
  for (const server of ['nats', 'postgres'] as const) {
    const proxy = system.proxy('payment-service', server)
    const before = await order()
    proxy.reset()
    expect(await statusOf(before.orderId)).toBe('CONFIRMED')
    proxy.cut()
    const during = await order()
    await expect.poll(() => system.reservation(during.orderId), { timeout: 30_000 }).toBe('HELD')
    proxy.resume()
    expect(await statusOf(during.orderId)).toBe('CONFIRMED')
    proxy.delay(50)
    expect(await statusOf((await order()).orderId)).toBe('CONFIRMED')
    proxy.resume()
  }
  expect(system.pid('payment-service')).toBe(pid)
  expect((await system.verify()).violations).toEqual([])
})

test('who was not started through proxies has none', () => {
  expect(() => system.proxy('order-service', 'nats')).toThrow(/through/)
})
