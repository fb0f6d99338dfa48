import { setTimeout as delay } from 'node:timers/promises'

export interface Patience {
  /** How long the condition may take; then the last failure is thrown. */
  readonly timeoutMs?: number
}

/** Often enough not to be noticed, seldom enough to leave the processor to what is waited for. */
const POLL_MS = 10

/** Waits until the assertion holds and gives what it returned: for what happens in another process, or later. */
export const eventually = async <T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 10_000 }: Patience = {},
): Promise<T> => {
  const endsAt = performance.now() + timeoutMs
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() >= endsAt) throw error
    }
    await delay(POLL_MS)
  }
}
