import { seeded } from '@skald/e2e'

/**
 * Calls `arrive` at moments that nothing moves: by chance (Poisson, by a seed), so many a second on average, each with
 * the moment at which it was due. Gives the end of it.
 */
export const arrivals = (perSecond: number, seed: number, arrive: (dueMs: number) => void): (() => void) => {
  const random = seeded(seed)
  let dueMs = performance.now()
  let timer: NodeJS.Timeout | undefined
  const allDue = (): void => {
    const nowMs = performance.now()
    while (dueMs <= nowMs) {
      arrive(dueMs)
      dueMs += (-Math.log(1 - random()) / perSecond) * 1_000
    }
    timer = setTimeout(allDue, Math.max(0, dueMs - performance.now()))
  }
  allDue()
  return () => clearTimeout(timer)
}
