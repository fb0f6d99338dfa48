import { setTimeout as wait } from 'node:timers/promises'

const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** Asks until the answer is yes, ever more slowly; false when `deadlineMs` have passed without one. */
export async function until(holds: () => boolean | Promise<boolean>, deadlineMs: number): Promise<boolean> {
  const endsAt = performance.now() + deadlineMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (await holds()) return true
    if (performance.now() >= endsAt) return false
    await wait(pauseMs)
  }
}
