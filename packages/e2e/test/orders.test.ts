import { binomialBound, inParallel, orderBody, percentile, type System, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sizes } from './sizes.ts'

const LIMIT = { timeout: 300_000 }

let system: System

beforeAll(async () => {
  // Long enough that silent payments are under way while others are measured, short enough to wait for their end.
  system = await startSystem({ env: { SAGA_STEP_TIMEOUT_MS: '15000' } })
  await system.offer('e2e-book', 1_000_000)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

const endedOrders = async (orderIds: readonly string[]) =>
  (await inParallel(orderIds.length, 20, (index) => system.ended(orderIds[index] ?? ''))).map(({ order }) => order)

/** How many of the orders ended in each way. */
const endings = async (orderIds: readonly string[]) => {
  const orders = await endedOrders(orderIds)
  const count = (wanted: string) => orders.filter(({ status }) => status === wanted).length
  return { confirmed: count('CONFIRMED'), cancelled: count('CANCELLED') }
}

it('orders for more than there is are confirmed exactly as far as the stock goes', LIMIT, async () => {
  const { rushed, inStock } = sizes
  await system.offer('e2e-last', inStock)

  const placed = await Promise.all(
    Array.from({ length: rushed }, () => system.place({ sku: 'e2e-last', paymentMethod: 'sim_approved' })),
  )

  expect(await endings(placed.map(({ orderId }) => orderId))).toEqual({
    confirmed: inStock,
    cancelled: rushed - inStock,
  })
  expect(await system.product('e2e-last')).toMatchObject({ onHand: 0, reserved: 0, available: 0 })
})

it('one in ten payments without a token is declined', LIMIT, async () => {
  const { sampled } = sizes
  const placed = await inParallel(sampled, 100, () => system.place())

  const orders = await endedOrders(placed.map(({ orderId }) => orderId))

  const cancelled = orders.filter(({ status }) => status === 'CANCELLED')
  const percent = ((100 * cancelled.length) / sampled).toFixed(1)
  console.log(`${cancelled.length} of ${sampled} declined (${percent} %)`)
  expect(new Set(cancelled.map(({ reason }) => reason)).size).toBe(1)
  expect(cancelled[0]?.reason).toMatch(/^payment: .*declined/)
  expect(Math.abs(cancelled.length - sampled * 0.1)).toBeLessThan(binomialBound(sampled, 0.1))
})

it('payments that are never answered do not slow those that are', LIMIT, async () => {
  const approvedMs = async (): Promise<number> => {
    const { orderId } = await system.place({ paymentMethod: 'sim_approved' })
    const startedMs = performance.now()
    await system.ended(orderId)
    return performance.now() - startedMs
  }
  const p99OfMany = async () => percentile(await inParallel(sizes.measured, 4, approvedMs), 0.99)
  await p99OfMany()
  const beforeMs = await p99OfMany()
  // The machine is shared: below half a second its own noise is larger than what is measured.
  const boundMs = Math.max(2 * beforeMs, 500)

  const silent = await inParallel(sizes.silent, 50, () => system.place({ paymentMethod: 'sim_silent' }))
  const last = silent.at(-1)?.orderId ?? ''
  await eventually(async () => expect(await system.payment(last)).toMatchObject({ status: 'PENDING' }))
  let amidMs = await p99OfMany()
  // A stall of the machine passes; what silent payments would do to others stays as long as they do.
  for (let again = 0; again < 2 && amidMs > boundMs; again += 1) amidMs = Math.min(amidMs, await p99OfMany())

  expect(await system.payment(last)).toMatchObject({ status: 'PENDING' })
  console.log(`p99 of approved orders: ${beforeMs.toFixed()} ms, amid ${silent.length} silent: ${amidMs.toFixed()} ms`)
  expect(amidMs).toBeLessThan(boundMs)
})

it('the same request sent many times at once is one order', LIMIT, async () => {
  const headers = { 'Idempotency-Key': 'twenty-at-once' }
  const post = () => system.post(orderBody({ paymentMethod: 'sim_approved' }), headers)

  const answers = await Promise.all(Array.from({ length: 20 }, post))

  // A repeat may find the first one still running.
  expect(new Set(answers.map(({ status }) => status)).isSubsetOf(new Set([201, 409]))).toBe(true)
  const [first, ...others] = answers.filter(({ status }) => status === 201)
  for (const other of others) expect(other).toEqual(first)
  expect(await post()).toEqual(first)
})

it('a request whose client died is taken or not, and its repeat is the same order', LIMIT, async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `died-${index}`)
  const body = orderBody({ customerId: 'impatient', paymentMethod: 'sim_approved' })

  await Promise.all(
    keys.map((key, index) =>
      system.post(body, { 'Idempotency-Key': key }, AbortSignal.timeout(index)).catch(() => undefined),
    ),
  )
  const again = async (key: string) => {
    const answer = await system.post(body, { 'Idempotency-Key': key })
    expect(answer.status).toBe(201)
    return JSON.stringify(answer.body)
  }
  const answers = await eventually(() => Promise.all(keys.map(again)))

  expect(await Promise.all(keys.map(again))).toEqual(answers)
  const listed = await system.ordersOf('impatient')
  expect(listed).toHaveLength(keys.length)
  expect(await endings(listed.map(({ orderId }) => orderId))).toEqual({ confirmed: keys.length, cancelled: 0 })
})

it('the same key with another body is refused', LIMIT, async () => {
  const headers = { 'Idempotency-Key': 'two-bodies' }
  expect(await system.post(orderBody({ quantity: 1 }), headers)).toMatchObject({ status: 201 })
  expect(await system.post(orderBody({ quantity: 2 }), headers)).toMatchObject({ status: 422 })
})

it('after all of this no invariant is broken', LIMIT, async () => {
  // The silent payments must run out of time first, by the ordinary deadline of a step.
  expect((await system.verify(180)).violations).toEqual([])
})
