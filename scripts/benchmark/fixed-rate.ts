import { seeded } from '@skald/e2e'
import type { Load } from './load.ts'
import type { OrderFlow } from './order-flow.ts'
import { pause } from './progress.ts'
import { Window } from './window.ts'

/** Orders of the window that have not ended this long after it are told apart: their times would be no times. */
const END_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 20

/**
 * Places orders at moments that nothing moves: arrivals by chance (Poisson, by a seed), so many a second on average. An
 * order's time runs from the moment at which it was due to be sent, so that a stall, of the system or of this program,
 * counts for every order that it delayed. Orders that were due within the window count, however late they end; until the
 * last of them has ended the arrivals go on, or the end of the window would be an easier time than its middle.
 */
export const fixedRate = (flow: OrderFlow, perSecond: number, seed: number): Load => {
  const window = new Window()
  const random = seeded(seed)
  let open = 0
  let dueMs = 0
  let timer: NodeJS.Timeout | undefined

  const place = (sentMs: number): void => {
    const counts = window.covers(sentMs)
    if (counts) open += 1
    flow.place({
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
  const placeAllDue = (): void => {
    const nowMs = performance.now()
    while (dueMs <= nowMs) {
      place(dueMs)
      dueMs += (-Math.log(1 - random()) / perSecond) * 1_000
    }
    timer = setTimeout(placeAllDue, Math.max(0, dueMs - performance.now()))
  }

  return {
    window,
    start() {
      dueMs = performance.now()
      placeAllDue()
    },
    async finish() {
      const endsAt = performance.now() + END_WITHIN_MS
      while (open > 0 && performance.now() < endsAt) await pause(LOOK_EVERY_MS)
      const unended = open
      clearTimeout(timer)
      await flow.settle(END_WITHIN_MS)
      return unended
    },
  }
}
