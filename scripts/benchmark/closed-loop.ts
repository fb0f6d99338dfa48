import type { Load, OrderTaker } from './load.ts'
import { Window } from './window.ts'

/** Before an order takes the place of one that was refused: a system that refuses all is not asked in a tight loop. */
const AFTER_REFUSAL_MS = 100
/** A backlog of ten thousand orders is over in this on any machine. */
const SETTLE_WITHIN_MS = 60_000

/**
 * Keeps so many orders in flight: each that ends is followed by the next. An order's time runs from its POST. What ends
 * within the window counts, whenever it began.
 */
export const closedLoop = (orders: OrderTaker, inFlight: number): Load => {
  const window = new Window()
  let stopping = false

  const place = (): void => {
    if (stopping) return
    const sentMs = performance.now()
    orders.place({
      answered(nowMs) {
        if (window.covers(nowMs)) window.postMs.push(nowMs - sentMs)
      },
      ended(outcome, nowMs) {
        if (window.covers(nowMs)) {
          window.endMs.push(nowMs - sentMs)
          window.countEnd(outcome)
        }
        place()
      },
      refused() {
        if (window.covers(performance.now())) window.countFailedPost()
        setTimeout(place, AFTER_REFUSAL_MS)
      },
    })
  }

  return {
    window,
    start() {
      for (let count = 0; count < inFlight; count += 1) place()
    },
    finish() {
      stopping = true
      return orders.settle(SETTLE_WITHIN_MS)
    },
  }
}
