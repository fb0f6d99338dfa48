import { type System, startSystem } from '@skald/e2e'
import { afterAll, beforeAll, expect, it } from 'vitest'

let system: System

beforeAll(async () => {
  system = await startSystem()
  await system.offer('e2e-book', 1_000_000)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

it('an order that is paid is confirmed, and its saga completed', { timeout: 60_000 }, async () => {
  const { orderId } = await system.place({ paymentMethod: 'sim_approved' })

  const { order, saga } = await system.ended(orderId)

  expect([order.status, saga.status]).toEqual(['CONFIRMED', 'COMPLETED'])
  expect(await system.verify()).toMatchObject({ violations: [] })
})
