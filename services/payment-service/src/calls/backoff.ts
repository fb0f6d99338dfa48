import { fractionOf } from '../payments/fraction.ts'

/** A gateway that is back after an outage of any length is asked again within this. */
const LONGEST_WAIT_MS = 10_000
/** Doublings after which every wait is the longest, from a first wait of one millisecond. */
const MOST_DOUBLINGS = 14
/** Waits differ by a fifth up or down, so that calls which failed together do not come back together. */
const JITTER = 0.2

/** Wait before the next try after `attempts` tries of unknown outcome: doubles from `firstMs`, the same for the same key and attempt. */
export const backoffMs = (firstMs: number, attempts: number, key: string): number => {
  const wait = Math.min(firstMs * 2 ** Math.min(attempts, MOST_DOUBLINGS), LONGEST_WAIT_MS)
  return Math.round(wait * (1 - JITTER + 2 * JITTER * fractionOf(`${key}#${attempts}`)))
}
