import { setTimeout as last } from 'node:timers/promises'
import { Counters, inParallel, Load, processes, type System, serviceProcesses, startSystem } from '@skald/e2e'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { sizes } from './sizes.ts'

const LIMIT = { timeout: 600_000 + sizes.kills * 60_000 }
const ORDER_EVERY_MS = 40
const SKU = 'e2e-crash'
/** So many orders are under way at the moment of a kill. */
const BURST = 40
/** Longer than the ack wait, and than any batch takes. */
const FREEZE_MS = 4_000

const slow = { name: 'slow', paymentMethod: 'sim_slow_1500', endings: ['CONFIRMED'] } as const
const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] } as const

let system: System
let load: Load
let counters: Counters<'skald_redeliveries_total' | 'skald_nudges_total' | 'skald_outputs_resent_total'>

beforeAll(async () => {
  system = await startSystem()
  await system.offer(SKU, 900_000)
  const names = ['skald_redeliveries_total', 'skald_nudges_total', 'skald_outputs_resent_total'] as const
  counters = new Counters(names, (service) => system.metrics(service))
  load = new Load(system, SKU)
  load.start(ORDER_EVERY_MS)
}, 240_000)

afterAll(async () => {
  await load?.stop()
  await system?.stop()
}, 240_000)

const showLogs = (): void => onTestFailed(() => console.log(system.log()))

/** How an order ends that is placed when the fault is over, and how long after it. */
const orderAfter = async (fault: string): Promise<string> => {
  const startedMs = performance.now()
  const { orderId } = await load.order(approved)
  const { order } = await system.ended(orderId)
  recoveries.push(`${fault} ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  return order.status
}

const recoveries: string[] = []
const kills = Array.from({ length: sizes.kills }, (_, round) => processes.map((name) => [name, round + 1] as const))

it.each(kills.flat())('%s may be killed while orders are under way (%i)', LIMIT, async (name) => {
  showLogs()
  const burst = load.burst(BURST, approved)
  await counters.sample()
  const pid = await system.kill9(name)

  expect(await orderAfter(`${name} killed`)).toBe('CONFIRMED')
  await system.back(name, pid)
  await burst
})

it.each(serviceProcesses)('%s may hang and go on', LIMIT, async (name) => {
  showLogs()
  const goOn = system.freeze(name)
  const burst = load.burst(BURST, approved)
  // The fault itself lasts so long; nothing is waited for.
  await last(FREEZE_MS)
  goOn()

  expect(await orderAfter(`${name} hung`)).toBe('CONFIRMED')
  await system.ready()
  await burst
})

it('every process may die at the same moment', LIMIT, async () => {
  showLogs()
  const burst = load.burst(BURST, approved)
  await counters.sample()
  await Promise.all(processes.map((name) => system.kill9(name)))

  expect(await orderAfter('everything killed')).toBe('CONFIRMED')
  await system.ready()
  await burst
})

it('the broker may lose everything it has stored', LIMIT, async () => {
  showLogs()
  const half = Math.ceil(sizes.sagas / 2)
  const bursts = await Promise.all([load.burst(half, slow), load.burst(half, approved)])
  const ids = bursts.flat().map(({ orderId }) => orderId)
  await counters.sample()

  const pid = await system.wipeBroker()
  const orders = await inParallel(ids.length, 20, (index) => system.order(ids[index] ?? ''))
  const inFlight = orders.filter(({ status }) => status === 'PENDING').length

  console.log(`${inFlight} sagas in flight when the store was lost`)
  expect(inFlight).toBeGreaterThanOrEqual(half)
  expect(await orderAfter('store lost')).toBe('CONFIRMED')
  await system.back('nats', pid)
})

it('every order that was accepted has ended as it would have without any of this', LIMIT, async () => {
  showLogs()
  await load.stop()
  const wrong: string[] = []
  await inParallel(load.accepted.length, 10, async (index) => {
    const accepted = load.accepted[index]
    if (!accepted) return
    const { order, saga } = await system.ended(accepted.orderId, 240_000)
    if (accepted.kind.endings.includes(order.status)) return
    wrong.push(`${accepted.kind.name} ${order.orderId} is ${order.status} (${order.reason}), saga ${saga.sagaId}`)
  })
  await counters.sample()

  const report = await system.verify(120)
  console.log(`an order placed right after the fault took: ${recoveries.join(', ')}`)
  console.log(
    `${load.accepted.length} orders, ${load.failedTries} tries without an answer,`,
    `${sizes.kills * processes.length} kills; ${JSON.stringify(counters.totals())}; sagas ${JSON.stringify(report.sagas)}`,
  )
  expect(wrong).toEqual([])
  expect(report.violations).toEqual([])
  expect(report.orders).toBe(load.accepted.length)
})

it('what was lost on the way was delivered again, asked for again and said again', () => {
  for (const count of Object.values(counters.totals())) expect(count).toBeGreaterThan(0)
})
