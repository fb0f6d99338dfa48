/** The value below which the given share of the values lie. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/**
 * How far from `trials * share` a fair count may be: 4.5 standard deviations, which chance exceeds about once in
 * 150,000 runs.
 */
export const binomialBound = (trials: number, share: number): number => 4.5 * Math.sqrt(trials * share * (1 - share))

/** Runs a job for each number from 0, so many at a time, and gives the results in order. */
export const inParallel = async <T>(
  count: number,
  atATime: number,
  job: (index: number) => Promise<T>,
): Promise<T[]> => {
  const results = new Map<number, T>()
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      results.set(index, await job(index))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, count) }, lane))
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
}

/** Numbers from 0 to below 1, the same for the same seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
