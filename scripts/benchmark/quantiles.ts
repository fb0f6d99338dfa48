export interface Quantiles {
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * The median and the value that one in a hundred exceeds, by nearest rank: each is a value that was measured. Zeros when
 * there is none. To a hundredth of a millisecond, which is below what a clock in user space can tell apart.
 */
export const quantilesOf = (values: readonly number[]): Quantiles => {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => {
    const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
    return Math.round(value * 100) / 100
  }
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
