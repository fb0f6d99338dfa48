import { arrivals } from './arrivals.ts'
import type { Load, OrderTaker } from './load.ts'
import { pause } from './progress.ts'
import { Window } from './window.ts'

/** Orders of the window that have not ended this long after it are told apart: their times would be no times. */
const END_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 20

/**
 * Places so many orders a second, whatever becomes of them. An order's time runs from the moment at which it was due to be sent, so that a stall, of the system or of this program,
 * counts for every order that it delayed. Orders that were due within the window count, however late they end; until the
 * last of them has ended the arrivals go on, or the end of the window would be an easier time than its middle.
 */
export const fixedRate = (orders: OrderTaker, perSecond: number, seed: number): Load => {
  const window = new Window()
  let open = 0
  let endArrivals = (): void => undefined

  const place = (sentMs: number): void => {
    const counts = window.covers(sentMs)
    if (counts) open += 1
    orders.place({
      answered(nowMs) {
        if (counts) window.postMs.push(nowMs - sentMs)
      },
      ended(outcome, nowMs) {
        if (window.covers(nowMs)) window.countEnd(outcome)
        if (!counts) return
        open -= 1
        window.endMs.push(nowMs - sentMs)
      },
      refused() {
        if (!counts) return
        open -= 1
        window.countFailedPost()
      },
    })
  }

  return {
    window,
    start() {
      endArrivals = arrivals(perSecond, seed, place)
    },
    async finish() {
      const endsAt = performance.now() + END_WITHIN_MS
      while (open > 0 && performance.now() < endsAt) await pause(LOOK_EVERY_MS)
      const unended = open
      endArrivals()
      await orders.settle(END_WITHIN_MS)
      return unended
    },
  }
}
