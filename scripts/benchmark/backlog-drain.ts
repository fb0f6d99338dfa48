import type { System } from '@skald/e2e'
import { arrivals } from './arrivals.ts'
import type { Options } from './options.ts'
import type { OrderFlow } from './order-flow.ts'
import { pause, say, sayEvery } from './progress.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'

/** Orders go on coming at this rate while the backlog is worked off. */
const ARRIVALS_PER_SECOND = 200
const SAY_EVERY_MS = 5_000
const LOOK_EVERY_MS = 10
/** The slowest drain that is waited for. */
const LEAST_PER_SECOND = 25
const SETTLE_WITHIN_MS = 60_000

export interface Drain {
  /** That had been accepted when the coordinator came back. */
  readonly waiting: number
  readonly loadSeconds: number
  readonly arrivalsPerSecond: number
  /** From the start of the coordinator's process until the last order that had waited for it had ended. */
  readonly drainSeconds: number
  /** Until those that had come meanwhile had ended, too: what was under way then is less than a second's arrivals. */
  readonly caughtUpSeconds: number
  /** Sagas that ended in that time a second. */
  readonly drainPerSecond: number
  /** POST /orders until then. */
  readonly postWhileDraining: Quantiles
  /** From POST to the end, of orders that came after that. */
  readonly endAfterwards: Quantiles
  readonly failedPosts: number
  readonly unended: number
}

/** Piles orders up while the coordinator is away, lets it come back while orders go on coming, and waits until all ended. */
export const drainBacklog = async (system: System, flow: OrderFlow, options: Options): Promise<Drain> => {
  const { orders, seed, measureMs } = options
  const pile = new Pile(flow)
  say('stopping the coordinator')
  const back = await system.without('saga-coordinator')
  const loadSeconds = await pile.grow(options)
  say(`${pile.open} orders wait; starting the coordinator, ${ARRIVALS_PER_SECOND} orders/s go on coming`)
  const endSaying = sayEvery(SAY_EVERY_MS, () => `${flow.ended} sagas have ended, ${flow.underWay} are under way`)
  const waiting = pile.open
  const later = new Later(flow)
  const beganMs = performance.now()
  const endArrivals = arrivals(ARRIVALS_PER_SECOND, seed, (dueMs) => later.place(dueMs))
  await back()
  const giveUpAt = beganMs + (orders / LEAST_PER_SECOND) * 1_000 + SETTLE_WITHIN_MS
  const secondsUntil = async (isReached: () => boolean): Promise<number> => {
    while (!isReached() && performance.now() < giveUpAt) await pause(LOOK_EVERY_MS)
    return (performance.now() - beganMs) / 1_000
  }
  const drainSeconds = await secondsUntil(() => pile.open === 0)
  const caughtUpSeconds = await secondsUntil(() => flow.underWay < ARRIVALS_PER_SECOND)
  const drainPerSecond = flow.ended / caughtUpSeconds
  later.isCaughtUp = true
  say(`caught up after ${caughtUpSeconds.toFixed(1)} s; now ${measureMs / 1_000} s of ordinary orders`)
  await pause(measureMs)
  endArrivals()
  const unended = await flow.settle(SETTLE_WITHIN_MS)
  endSaying()
  return {
    waiting,
    loadSeconds: tenths(loadSeconds),
    arrivalsPerSecond: ARRIVALS_PER_SECOND,
    drainSeconds: tenths(drainSeconds),
    caughtUpSeconds: tenths(caughtUpSeconds),
    drainPerSecond: tenths(drainPerSecond),
    postWhileDraining: quantilesOf(later.postMs),
    endAfterwards: quantilesOf(later.endMs),
    failedPosts: pile.failed + later.failed,
    unended,
  }
}

/** The orders that wait for the coordinator. */
class Pile {
  open = 0
  failed = 0
  readonly #flow: OrderFlow

  constructor(flow: OrderFlow) {
    this.#flow = flow
  }

  /** Places orders until so many were accepted; gives the seconds that it took. */
  async grow({ orders, rate, seed }: Options): Promise<number> {
    const beganMs = performance.now()
    const endSaying = sayEvery(SAY_EVERY_MS, () => `${this.open} of ${orders} orders wait`)
    const endArrivals = arrivals(rate, seed, () => this.#place())
    while (this.open < orders) await pause(LOOK_EVERY_MS)
    endArrivals()
    endSaying()
    return (performance.now() - beganMs) / 1_000
  }

  #place(): void {
    this.#flow.place({
      answered: () => {
        this.open += 1
      },
      ended: () => {
        this.open -= 1
      },
      refused: () => {
        this.failed += 1
      },
    })
  }
}

/** The orders that come when the coordinator is back. */
class Later {
  isCaughtUp = false
  failed = 0
  readonly postMs: number[] = []
  readonly endMs: number[] = []
  readonly #flow: OrderFlow

  constructor(flow: OrderFlow) {
    this.#flow = flow
  }

  place(dueMs: number): void {
    const cameAfterwards = this.isCaughtUp
    this.#flow.place({
      answered: (nowMs) => {
        if (!cameAfterwards) this.postMs.push(nowMs - dueMs)
      },
      ended: (_outcome, nowMs) => {
        if (cameAfterwards) this.endMs.push(nowMs - dueMs)
      },
      refused: () => {
        this.failed += 1
      },
    })
  }
}

const tenths = (value: number): number => Math.round(value * 10) / 10
