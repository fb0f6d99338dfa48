import { type Progress, ProgressMarks } from '@skald/messaging'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER, type Announcement } from './orders/announcements.ts'

/** The durable by which the saga coordinator hears each announcement. */
const DURABLE_OF: Readonly<Record<Announcement, string>> = {
  [ANNOUNCE_ORDER]: 'saga-coordinator-starts',
  [ANNOUNCE_CANCEL]: 'saga-coordinator-order',
}
export const LISTENING_DURABLES = [DURABLE_OF[ANNOUNCE_ORDER], DURABLE_OF[ANNOUNCE_CANCEL]]

/** The database's clock is known to within a few milliseconds: less than this apart counts as not handled. */
const MARGIN_MS = 250

/**
 * How far the saga coordinator is with what we announced. What still stands in its queue must not be announced again: a
 * backlog would grow by its own repeats, six times within two minutes, and keep the coordinator from working it off.
 */
export class Listeners {
  readonly #marks = new ProgressMarks()
  #goneBeforeMs = 0

  sample(progress: Progress, askedAtMs: number, answeredAtMs = askedAtMs): void {
    this.#marks.sample(progress, askedAtMs, answeredAtMs)
  }

  /** What the stream held is gone: nothing of it is on its way, whatever the coordinator's queue looks like. */
  lost(nowMs: number): void {
    this.#goneBeforeMs = nowMs
  }

  /** Announcements said before this moment were handled or are lost; later ones may be on their way. Long ago when unknown. */
  handledUpToMs(kind: Announcement): number {
    return Math.max(this.#goneBeforeMs, this.#marks.handledUpTo(DURABLE_OF[kind]) - MARGIN_MS)
  }
}
