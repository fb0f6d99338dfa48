import type { System } from '@skald/e2e'
import { until } from '@skald/servers'
import { MemoryWatch } from '../memory.ts'
import { catchAtBackoff, copySagas, type Fired, firedOf, makeDue, type Original } from '../open-saga-copies.ts'
import { pause, say } from '../progress.ts'
import { type Quantiles, quantilesOf } from '../quantiles.ts'
import { heading, table } from '../table.ts'
import { ownSystem, type Scenario } from './scenario.ts'

const MIB = 1_048_576
/** What is promised with a million open sagas on one machine. */
const READY_WITHIN_MS = 10_000
const GET_P99_MS = 20
const LATE_P99_MS = 1_000

const LOOK_EVERY_MS = 20
const GIVE_UP_AFTER_MS = 120_000
/** Between one GET and the next; far below what would be load. */
const GET_EVERY_MS = 5
/** Until the first timer is due, after the sagas were told so. */
const AHEAD_MS = 10_000

const ORDER = { customerId: 'bench', paymentMethod: 'sim_refund_fails_1000' }

/**
 * A million sagas wait, each for a timer of its own, and the coordinator starts, answers, and fires those that are due.
 * The participants are frozen meanwhile, or the measurement would be of what the sagas go on to do.
 */
export const openSagas: Scenario = async (bench, { orders: count, rate: perSecond, measureMs }) => {
  const system = ownSystem(bench)
  const original = await placeOriginal(system, bench.skus[0] ?? '')
  await catchAtBackoff(bench.system, original)
  await copySagas(bench.system, original, count)
  const readyMs = await restartCoordinator(system)
  say(`the coordinator was ready ${readyMs} ms after it was killed; reading sagas for ${measureMs / 1_000} s`)
  const memory = new MemoryWatch(system.home)
  bench.onClose(() => memory.stop())
  const idle = await readSagas(system, original, { count, forMs: measureMs })
  const thaw = (['order-service', 'payment-service', 'inventory-service'] as const).map((name) => system.freeze(name))
  bench.onClose(() => void thaw.map((goOn) => goOn()))
  const due = { count: Math.min(count, Math.round((perSecond * measureMs) / 1_000)), perSecond, fromMs: 0 }
  const from = { ...due, fromMs: Date.now() + AHEAD_MS }
  await makeDue(bench.system, original, from)
  say(`${due.count} timers are due, ${perSecond} a second`)
  const lastDueMs = from.fromMs + (due.count / perSecond) * 1_000
  const busy = await readSagas(system, original, { count, forMs: lastDueMs - Date.now() })
  const fired = await allFired(bench.system, original, from)
  const peakMemoryBytes = Object.fromEntries(memory.peaks())
  const figures = { open: count, readyMs, get: { idle, busy }, due: due.count, perSecond, fired, peakMemoryBytes }
  return { figures, tables: tablesOf(figures), broken: brokenBy(figures) }
}

const placeOriginal = async (system: System, sku: string): Promise<Original> => {
  const { orderId, sagaId } = await system.place({ sku, ...ORDER })
  // Cancelled any sooner, it would have nothing to refund.
  const isCharged = async () => (await system.saga(sagaId).catch(() => undefined))?.state === 'takingPayment'
  if (!(await until(isCharged, GIVE_UP_AFTER_MS))) throw new Error(`saga ${sagaId} does not take its payment`)
  await system.cancel(orderId)
  return { orderId, sagaId }
}

const restartCoordinator = async (system: System): Promise<number> => {
  const startedMs = performance.now()
  const pid = await system.kill9('saga-coordinator')
  await system.back('saga-coordinator', pid)
  return Math.round(performance.now() - startedMs)
}

/** The time of GET /sagas/{sagaId} for sagas at random, one after the other. */
const readSagas = async (
  { urls }: System,
  { sagaId }: Original,
  { count, forMs }: { readonly count: number; readonly forMs: number },
): Promise<Quantiles> => {
  const times: number[] = []
  for (const untilMs = performance.now() + forMs; performance.now() < untilMs; await pause(GET_EVERY_MS)) {
    const n = 1 + Math.floor(Math.random() * count)
    const id = sagaId.slice(0, 24) + n.toString(16).padStart(12, '0')
    const askedMs = performance.now()
    const answer = await fetch(`${urls.coordinator}/sagas/${id}`)
    await answer.arrayBuffer()
    times.push(performance.now() - askedMs)
    if (answer.status !== 200) throw new Error(`GET /sagas/${id} answered ${answer.status}`)
  }
  return quantilesOf(times)
}

const allFired = async (
  system: Parameters<typeof firedOf>[0],
  original: Original,
  due: { readonly count: number; readonly perSecond: number; readonly fromMs: number },
): Promise<Fired> => {
  for (const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS; ; await pause(LOOK_EVERY_MS)) {
    const fired = await firedOf(system, original, due)
    if (fired.sagas >= due.count || performance.now() > giveUpAtMs) return fired
  }
}

interface Figures {
  readonly open: number
  readonly readyMs: number
  readonly get: { readonly idle: Quantiles; readonly busy: Quantiles }
  readonly due: number
  readonly perSecond: number
  readonly fired: Fired
  readonly peakMemoryBytes: Readonly<Record<string, number>>
}

const brokenBy = ({ readyMs, get, due, fired }: Figures): readonly string[] => {
  const { sagas, timers, latenessMs } = fired
  return [
    ...(readyMs > READY_WITHIN_MS
      ? [`the coordinator was ready after ${readyMs} ms; ${READY_WITHIN_MS} are promised`]
      : []),
    ...(get.idle.p99Ms > GET_P99_MS
      ? [`GET /sagas/{sagaId} took ${get.idle.p99Ms} ms (p99); ${GET_P99_MS} are promised`]
      : []),
    ...(latenessMs.p99 > LATE_P99_MS
      ? [`timers were ${latenessMs.p99} ms late (p99); ${LATE_P99_MS} are promised`]
      : []),
    ...(sagas === due && timers === due ? [] : [`${timers} timers of ${sagas} sagas fired, ${due} were due`]),
  ]
}

const tablesOf = ({ open, readyMs, get, due, perSecond, fired, peakMemoryBytes }: Figures): string =>
  [
    table([
      ['open sagas', open],
      ['ms from the kill of the coordinator until it is ready', readyMs],
      ['GET p50 ms', get.idle.p50Ms],
      ['GET p99 ms', get.idle.p99Ms],
      ['GET p50 ms, while timers fire', get.busy.p50Ms],
      ['GET p99 ms, while timers fire', get.busy.p99Ms],
      ['timers due', due],
      ['timers due a second', perSecond],
      ['timers fired', fired.timers],
      ['lateness p50 ms', fired.latenessMs.p50],
      ['lateness p99 ms', fired.latenessMs.p99],
      ['lateness most ms', fired.latenessMs.max],
    ]),
    '',
    table([
      ['peak memory MiB', ''],
      ...Object.entries(peakMemoryBytes).map(([name, bytes]) => [name, Math.round(bytes / MIB)]),
    ]),
    heading(`${open.toLocaleString('en')} open sagas: timers ${fired.latenessMs.p99} ms late (p99)`),
  ].join('\n')
