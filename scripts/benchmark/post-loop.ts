import { HttpLanes } from './http-lanes.ts'
import { postOrder } from './order-flow.ts'
import { pause } from './progress.ts'

export interface PostLoop {
  /** Orders that were accepted so far. */
  readonly accepted: () => number
  readonly failed: () => number
  /** From now on the times from POST to answer are noted here. */
  readonly note: (intoMs: number[] | undefined) => void
  readonly stop: () => void
}

/** Before the next try on a connection whose order was refused: who refuses all is not asked in a tight loop. */
const AFTER_REFUSAL_MS = 100

/** Keeps a POST /orders under way on each of so many connections. What becomes of the orders is not followed. */
export const startPostLoop = (orderUrl: string, sockets: number, skus: readonly string[]): PostLoop => {
  const lanes = new HttpLanes(orderUrl, sockets)
  let accepted = 0
  let failed = 0
  let timesMs: number[] | undefined
  let stopped = false
  const lane = async (): Promise<void> => {
    while (!stopped) {
      const sentMs = performance.now()
      try {
        await postOrder(lanes, accepted + failed, skus)
        accepted += 1
        timesMs?.push(performance.now() - sentMs)
      } catch {
        failed += 1
        await pause(AFTER_REFUSAL_MS)
      }
    }
  }
  for (let count = 0; count < sockets; count += 1) void lane()
  return {
    accepted: () => accepted,
    failed: () => failed,
    note(intoMs) {
      timesMs = intoMs
    },
    stop() {
      stopped = true
      lanes.close()
    },
  }
}
