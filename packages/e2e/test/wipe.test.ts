import { type Accepted, call, inParallel, Load, type System, startSystem, storeLost } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { sizes } from './sizes.ts'

/* The broker loses everything it has stored, again and again, with many sagas and all else that is said in flight. */

const LIMIT = { timeout: 600_000 }
const WIPES = 3
const SKU = 'e2e-wipe'
const PRODUCTS = 30
const ENDS_WITHIN_MS = 120_000
const AT_A_TIME = 64
const WARM_UP = sizes.wiped / 2
/** Every so many-th saga is asked to be cancelled. */
const CANCEL_EVERY = 10

/** Slower than it takes to place all of them, so that they are in flight together. */
const slow = { name: 'slow', paymentMethod: `sim_slow_${sizes.wipedSlowMs}`, endings: ['CONFIRMED'] } as const

const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] } as const

let system: System
let load: Load

beforeAll(async () => {
  system = await startSystem()
  await system.offer(SKU, 900_000)
  await inParallel(PRODUCTS, AT_A_TIME, (index) => system.offer(skuOf(index), 1))
  load = new Load(system, SKU)
  // A process that has just begun takes orders so slowly that the first have ended before the last is placed.
  await inParallel(WARM_UP, AT_A_TIME, () => load.order(approved))
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 240_000)

const skuOf = (index: number): string => `${SKU}-${index}`

const setPrice = async (sku: string, cents: number): Promise<void> => {
  const body = { name: sku, price: { amount: cents, currency: 'EUR' } }
  const { status } = await call(`${system.urls.inventory}/products/${sku}`, { method: 'PUT', body })
  expect(status).toBe(200)
}

const priceIsKnown = (sku: string, cents: number): Promise<void> =>
  eventually(
    async () => {
      const { body } = await call(`${system.urls.order}/catalogue/${sku}`)
      expect(body).toMatchObject({ price: { amount: cents } })
    },
    { timeoutMs: ENDS_WITHIN_MS },
  )

interface Ended {
  readonly accepted: Accepted
  readonly status: string
  readonly reason: string
  readonly afterMs: number
}

/** How an order ended, and how long after a moment. */
const endOf = async (accepted: Accepted, sinceMs: number): Promise<Ended> => {
  const { order } = await system.ended(accepted.orderId, ENDS_WITHIN_MS - (performance.now() - sinceMs))
  return { accepted, status: order.status, reason: order.reason ?? '', afterMs: performance.now() - sinceMs }
}

it.each(Array.from({ length: WIPES }, (_, index) => index + 1))(
  'whatever is in flight when the broker loses its store ends as it would have (%i)',
  LIMIT,
  async (round) => {
    onTestFailed(() => console.log(system.log('saga-coordinator')))
    const orders = await inParallel(sizes.wiped, AT_A_TIME, () => load.order(slow))
    const cancelled = orders.filter((_, index) => index % CANCEL_EVERY === 0)
    const cents = 1_000 + round

    // Said at the same moment: some of it is lost on its way to the broker, some with it, some on its way from it.
    const saying = [
      ...cancelled.map(async ({ orderId }) => expect((await system.cancel(orderId)).status).toBe(202)),
      ...Array.from({ length: PRODUCTS }, (_, index) => setPrice(skuOf(index), cents)),
    ]
    await Promise.race(saying)
    const wipedMs = performance.now()
    await Promise.all([storeLost(system).inflict(), ...saying])
    const inFlight = await inParallel(orders.length, AT_A_TIME, (index) => system.order(orders[index]?.orderId ?? ''))
    const pending = inFlight.filter(({ status }) => status === 'PENDING').length

    const ended = await inParallel(orders.length, AT_A_TIME, (index) => {
      const order = orders[index]
      if (!order) throw new Error(`there is no order ${index}`)
      return endOf(order, wipedMs)
    })
    await inParallel(PRODUCTS, AT_A_TIME, (index) => priceIsKnown(skuOf(index), cents))
    const knownAfterMs = performance.now() - wipedMs

    const asked = new Set(cancelled)
    const cancels = ended.filter(({ accepted, status }) => asked.has(accepted) && status === 'CANCELLED').length
    const wrong = ended.filter(({ accepted, status }) => !asked.has(accepted) && status !== 'CONFIRMED')
    console.log(
      `wipe ${round}: ${pending} of ${orders.length} sagas in flight; all ended`,
      `${(Math.max(...ended.map(({ afterMs }) => afterMs)) / 1_000).toFixed(1)} s after it;`,
      `${cancels} of ${cancelled.length} cancelled; prices known after ${(knownAfterMs / 1_000).toFixed(1)} s`,
    )
    expect(pending).toBeGreaterThan(orders.length * 0.8)
    expect(wrong.map(({ accepted, reason }) => `${accepted.orderId}: ${reason}`)).toEqual([])
    expect(cancels).toBeGreaterThan(0)
  },
)

it('and no invariant is broken', LIMIT, async () => {
  const report = await system.verify(60)
  expect(report.violations).toEqual([])
  expect(report.orders).toBe(load.accepted.length)
})
