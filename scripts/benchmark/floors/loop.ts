import { setTimeout as delay } from 'node:timers/promises'

export interface LoopOptions<Sample> {
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Read at both ends of what is measured. */
  readonly sample: () => Promise<Sample>
}

export interface LoopResult<Sample> {
  /** With those of the warm-up, and those that ended after what was measured. */
  readonly all: number
  readonly measured: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly before: Sample
  readonly after: Sample
}

/**
 * Keeps so many runs of one work in flight: each that ends is followed by the next. Counts what ends within the measured
 * time, and returns when the last has ended. Rejects as soon as one fails.
 */
export const closedLoop = async <Sample>(
  work: () => Promise<void>,
  { inFlight, warmUpMs, measureMs, sample }: LoopOptions<Sample>,
): Promise<LoopResult<Sample>> => {
  const tookMs: number[] = []
  let measuring = false
  let stopping = false
  let all = 0
  const lane = async (): Promise<void> => {
    while (!stopping) {
      const beganMs = performance.now()
      await work()
      all += 1
      if (measuring) tookMs.push(performance.now() - beganMs)
    }
  }
  const lanes = Array.from({ length: inFlight }, lane)
  const ended = new AbortController()
  const elapse = (ms: number) => Promise.race([delay(ms, undefined, { signal: ended.signal }), Promise.all(lanes)])
  try {
    await elapse(warmUpMs)
    const before = await sample()
    const beganMs = performance.now()
    measuring = true
    await elapse(measureMs)
    measuring = false
    const seconds = (performance.now() - beganMs) / 1_000
    const after = await sample()
    stopping = true
    await Promise.all(lanes)
    const sorted = tookMs.sort((a, b) => a - b)
    const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0
    const measured = sorted.length
    return { all, measured, perSecond: measured / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), before, after }
  } finally {
    stopping = true
    ended.abort()
    await Promise.allSettled(lanes)
  }
}
