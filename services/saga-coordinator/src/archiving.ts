import type { AppPorts } from '@skald/host'
import { isOutage } from '@skald/service'
import type { Archive, WalkPosition } from './store/archive.ts'

/** Sagas looked at in one transaction; more gain nothing and hold their locks for longer. */
const PAGE = 500
/** Rests so many times as long as a page took: a busy database is slower, and so is left alone for longer. */
const REST_FACTOR = 1
/** Between two walks over all sagas: a share of the age, so that what is old enough waits little longer. */
const WALKS_AN_AGE = 4
const MAX_BETWEEN_WALKS_MS = 60_000
/** Months come slowly. */
const MONTHS_EVERY_MS = 3_600_000

export interface ArchivingOptions {
  /** A saga that ended is left where it is for so long, as late messages and readers mostly come soon. */
  readonly archiveAfterMs: number
  /** Days until an archived saga is forgotten; never, when not given. */
  readonly archiveKeepDays: number | undefined
}

/**
 * Moves ended sagas out of the tables that every step writes, in the background. A walk goes over the sagas from the oldest
 * on, page by page; those that run are few, or the walk is slow. Any number of coordinators walk at once.
 */
export const keepArchiving = (
  archive: Archive,
  { clock, logger, metrics }: Pick<AppPorts, 'clock' | 'logger' | 'metrics'>,
  { archiveAfterMs, archiveKeepDays }: ArchivingOptions,
): (() => void) => {
  const betweenWalksMs = Math.min(MAX_BETWEEN_WALKS_MS, Math.ceil(archiveAfterMs / WALKS_AN_AGE))
  let stopped = false
  const cancels = { walk: (): void => undefined, months: (): void => undefined }
  const failed = (err: unknown): void => {
    // That the database is away is told by the health of the service.
    logger[isOutage(err) ? 'debug' : 'warn']({ err }, 'ended sagas could not be archived; it is tried again')
  }
  const walk = async (from: WalkPosition | undefined): Promise<void> => {
    const startedMs = clock.nowMs()
    let next: WalkPosition | undefined
    try {
      const walked = await archive.archive(from, PAGE, archiveAfterMs)
      next = walked.next
      if (walked.archived > 0) metrics.sagasArchived.inc(walked.archived)
    } catch (err) {
      failed(err)
    }
    const restMs = next ? REST_FACTOR * (clock.nowMs() - startedMs) : betweenWalksMs
    if (!stopped) cancels.walk = clock.after(restMs, () => void walk(next))
  }
  const keepMonths = async (): Promise<void> => {
    await archive.keepMonths(archiveKeepDays).catch(failed)
    if (!stopped) cancels.months = clock.after(MONTHS_EVERY_MS, () => void keepMonths())
  }
  void keepMonths().then(() => walk(undefined))
  return () => {
    stopped = true
    cancels.walk()
    cancels.months()
  }
}
