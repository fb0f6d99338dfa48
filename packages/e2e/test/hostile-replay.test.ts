import { allDeadLetters, everythingIn, Load, publishRaw, type System, serviceProcesses, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'

/* Somebody wrote down everything that was ever said, and says all of it again. */

const SKU = 'e2e-replay'
const ORDERS = 60
const LIMIT = { timeout: 180_000 }

let system: System
let load: Load

beforeAll(async () => {
  system = await startSystem()
  await system.offer(SKU, 900_000)
  load = new Load(system, SKU)
}, 240_000)

afterAll(async () => {
  await system?.stop()
}, 120_000)

/** How often the services met what they had handled before. */
const duplicates = async (): Promise<number> => {
  const counts = serviceProcesses.map((name) => system.metric(name, 'skald_duplicates_total'))
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

const endings = (): Promise<readonly string[]> =>
  Promise.all(
    load.accepted.map(async ({ orderId }) => {
      const { order, saga } = await system.ended(orderId)
      const { entries } = await system.ledger(orderId)
      return `${orderId} ${order.status} ${saga.status} ${saga.history.length} ${JSON.stringify(entries)}`
    }),
  )

it('everything said before may be said again by anybody, twice, and nothing happens', LIMIT, async () => {
  load.start(30)
  await eventually(() => expect(load.accepted.length).toBeGreaterThanOrEqual(ORDERS), { timeoutMs: 60_000 })
  await load.stop()
  const before = await endings()
  const broker = await system.broker()
  const said = [...(await everythingIn(broker, 'COMMANDS')), ...(await everythingIn(broker, 'EVENTS'))]
  await broker.close()
  const known = await duplicates()

  await publishRaw(system.access().natsUrl, [...said, ...said].reverse())

  // A reply to what is said again is said again too, so there are more of them than were sent.
  await eventually(async () => expect((await duplicates()) - known).toBeGreaterThanOrEqual(said.length), {
    timeoutMs: 60_000,
  })
  const { orderId } = await system.place({ sku: SKU, paymentMethod: 'sim_approved' })
  expect((await system.ended(orderId)).order.status).toBe('CONFIRMED')
  expect(await endings()).toEqual(before)
  expect(await allDeadLetters(system.urls.coordinator)).toEqual([])
  expect(await system.verify()).toMatchObject({ violations: [] })
})
