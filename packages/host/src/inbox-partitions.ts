import { dropInboxBefore, ensureInboxPartitions } from '@skald/database'
import type { Clock } from '@skald/messaging'
import { isOutage, type Logger } from '@skald/service'
import type { Pool } from 'pg'

const DAY_MS = 86_400_000
/** Made ahead, so that a service that is not restarted for days and a database that is down at midnight do no harm. */
const DAYS_AHEAD = 3
/** Twice what a stream keeps: older messages cannot come again. */
const DAYS_KEPT = 14
const LOOK_EVERY_MS = 3_600_000
/** While the database cannot be reached. What is handled before its day's partition is made lies in the default one, for good. */
const LOOK_AGAIN_MS = 1_000

/** Makes the inbox's partitions of the days to come and drops those of days long gone, now and every hour. */
export const keepInboxPartitions = (pool: Pool, clock: Clock, logger: Logger): (() => void) => {
  let stopped = false
  let cancel = (): void => undefined
  const look = async (): Promise<void> => {
    const today = Math.floor(clock.nowMs() / DAY_MS)
    let isAway = false
    const failed = (day: number | undefined, err: unknown): void => {
      isAway ||= isOutage(err)
      // That the database is away is told by the health of the service, and by whatever else it keeps from working.
      logger[isAway ? 'debug' : 'warn']({ err, day }, 'an inbox partition could not be made or dropped')
    }
    try {
      await ensureInboxPartitions(pool, today - 1, DAYS_AHEAD + 1, failed)
      await dropInboxBefore(pool, today - DAYS_KEPT, failed)
    } catch (err) {
      failed(undefined, err)
    }
    if (!stopped) cancel = clock.after(isAway ? LOOK_AGAIN_MS : LOOK_EVERY_MS, () => void look())
  }
  void look()
  return () => {
    stopped = true
    cancel()
  }
}
