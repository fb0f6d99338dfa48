import { type System, serviceProcesses, startSystem } from '@skald/e2e'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const LIMIT = { timeout: 120_000 }

let system: System

beforeAll(async () => {
  // Longer than the lease of a gateway call (7 s), or a call whose process is killed would not be made again in time.
  const env = { SAGA_STEP_TIMEOUT_MS: '10000', SAGA_NUDGE_AFTER_MS: '1000', SAGA_UNDO_BACKOFF_MS: '50' }
  system = await startSystem({ allInOne: true, env })
  await system.offer('e2e-book', 1_000_000)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

it('all four services are one process', () => {
  expect(new Set(serviceProcesses.map((name) => system.pid(name))).size).toBe(1)
})

describe.concurrent('in one process, too,', () => {
  it.each([
    ['sim_approved', 'CONFIRMED', 'COMPLETED', 'CONFIRMED'],
    ['sim_slow_500', 'CONFIRMED', 'COMPLETED', 'CONFIRMED'],
    ['sim_flaky_2', 'CONFIRMED', 'COMPLETED', 'CONFIRMED'],
    ['sim_declined', 'CANCELLED', 'COMPENSATED', 'FAILED'],
    ['sim_silent', 'CANCELLED', 'COMPENSATED', 'VOIDED'],
    ['sim_lost_reply', 'CANCELLED', 'COMPENSATED', 'REFUNDED'],
    ['sim_refund_fails_1', 'CANCELLED', 'COMPENSATED', 'REFUNDED'],
  ])('an order paid with %s ends %s', LIMIT, async (paymentMethod, orderStatus, sagaStatus, paymentStatus) => {
    const { orderId } = await system.place({ paymentMethod })

    const { order, saga } = await system.ended(orderId)

    expect([order.status, saga.status]).toEqual([orderStatus, sagaStatus])
    expect(await system.payment(orderId)).toMatchObject({ status: paymentStatus })
  })
})

it('the one process may be killed while orders are under way', LIMIT, async () => {
  const placed = await Promise.all(Array.from({ length: 40 }, () => system.place({ paymentMethod: 'sim_slow_500' })))

  const pid = await system.kill9('saga-coordinator')
  await system.back('saga-coordinator', pid)

  for (const { orderId } of placed) expect((await system.ended(orderId)).order.status).toBe('CONFIRMED')
})

it('after all of this no invariant is broken', LIMIT, async () => {
  expect((await system.verify()).violations).toEqual([])
})
