import {
  allFaults,
  Counters,
  connectionsCut,
  durablesDeleted,
  type Fault,
  frozen,
  inParallel,
  killed,
  Load,
  processes,
  restarted,
  type System,
  seeded,
  serviceProcesses,
  startSystem,
  storeLost,
  streamDeleted,
} from '@skald/e2e'
import { until } from '@skald/servers'
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { sizes } from './sizes.ts'

const LIMIT = { timeout: 600_000 + sizes.faults * 20_000 }
const ORDER_EVERY_MS = 40
const SKU = 'e2e-crash'
/** So many orders are under way at the moment of a kill. */
const BURST = 40
/** Between faults in a row: until so many orders are accepted, but no longer than this. */
const MOST_PATIENCE_MS = 3_000

/** Slower than it takes to place all of them, so that they are in flight together. */
const slow = { name: 'slow', paymentMethod: 'sim_slow_5000', endings: ['CONFIRMED'] } as const
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

const recoveries: string[] = []

/** How an order ends that is placed when the fault is over; how long that took is kept for the summary. */
const orderAfter = async (fault: string): Promise<string> => {
  const startedMs = performance.now()
  const { orderId } = await load.order(approved)
  const { order } = await system.ended(orderId)
  recoveries.push(`${fault} ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`)
  return order.status
}

/** Inflicts faults at the same moment, while orders are under way, and waits until all is well again. */
const liveThrough = async (...faults: readonly Fault[]): Promise<string> => {
  showLogs()
  const burst = load.burst(BURST, approved)
  await counters.sample()
  await Promise.all(faults.map((fault) => fault.inflict()))
  const status = await orderAfter(faults.map(({ name }) => name).join(', '))
  await system.ready()
  await burst
  return status
}

const rounds = Array.from({ length: sizes.kills }, (_, round) => processes.map((name) => [name, round + 1] as const))

it.each(rounds.flat())('%s may be killed while orders are under way (%i)', LIMIT, async (name) => {
  expect(await liveThrough(killed(system, name))).toBe('CONFIRMED')
})

it.each([...serviceProcesses, 'nats'] as const)('%s may hang and go on', LIMIT, async (name) => {
  expect(await liveThrough(frozen(system, name))).toBe('CONFIRMED')
})

it('every service may be restarted', LIMIT, async () => {
  expect(await liveThrough(...serviceProcesses.map((name) => restarted(system, name)))).toBe('CONFIRMED')
})

it('every process may die at the same moment', LIMIT, async () => {
  expect(await liveThrough(...processes.map((name) => killed(system, name)))).toBe('CONFIRMED')
})

it('every database connection may be cut', LIMIT, async () => {
  expect(await liveThrough(connectionsCut(system))).toBe('CONFIRMED')
})

it.each(['EVENTS', 'COMMANDS'] as const)('the durables and the stream of %s may be deleted', LIMIT, async (stream) => {
  expect(await liveThrough(durablesDeleted(system, stream))).toBe('CONFIRMED')
  expect(await liveThrough(streamDeleted(system, stream))).toBe('CONFIRMED')
})

it('the broker may lose everything it has stored', LIMIT, async () => {
  showLogs()
  const bursts = await Promise.all([load.burst(sizes.sagas, slow), load.burst(BURST, approved)])
  const ids = bursts.flat().map(({ orderId }) => orderId)
  await counters.sample()

  await storeLost(system).inflict()
  const orders = await inParallel(ids.length, 20, (index) => system.order(ids[index] ?? ''))
  const inFlight = orders.filter(({ status }) => status === 'PENDING').length

  console.log(`${inFlight} sagas in flight when the store was lost`)
  expect(inFlight).toBeGreaterThanOrEqual(sizes.sagas)
  expect(await orderAfter('store lost')).toBe('CONFIRMED')
  await system.ready()
})

it('faults may come while the system has not recovered from earlier ones', LIMIT, async () => {
  showLogs()
  const random = seeded(sizes.seed)
  const faults = allFaults(system)
  const pick = () => faults[Math.floor(random() * faults.length)]
  const happened: string[] = []
  onTestFailed(() => console.log(`E2E_SEED=${sizes.seed} E2E_FAULTS=${sizes.faults}: ${happened}`))
  for (let count = 0; count < sizes.faults; count += 1) {
    const fault = pick()
    happened.push(fault?.name ?? '')
    await counters.sample()
    await fault?.inflict()
    const wanted = load.accepted.length + Math.floor(random() * 40)
    await until(() => load.accepted.length >= wanted, MOST_PATIENCE_MS)
  }
  console.log(`E2E_SEED=${sizes.seed}: ${happened.join(', ')}`)
  expect(await orderAfter(`${sizes.faults} faults in a row`)).toBe('CONFIRMED')
  await system.ready()
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
