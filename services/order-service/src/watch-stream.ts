import type { Platform } from '@skald/host'
import type { Progress } from '@skald/messaging'
import type { Listeners } from './listeners.ts'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER } from './orders/announcements.ts'
import type { StreamMark, StreamMarks } from './store/stream-marks.ts'

export const EVENTS = 'EVENTS'

/** How soon a lost stream is noticed. Each look is one small request to the broker. */
const LOOK_EVERY_MS = 1_000
/** An outage longer than this, a few looks, has swallowed announcements whose next turn may be minutes away. */
const OUTAGE_MS = 4_000

export interface Loss {
  readonly why: string
  /** Messages that the stream held are gone; else some may not have got there. */
  readonly ofMessages: boolean
}

/** What may be lost, as a look shows; undefined when all is as remembered. */
export const lossOf = (remembered: StreamMark | undefined, seen: StreamMark, silentMs: number): Loss | undefined => {
  const gone = (why: string): Loss => ({ why, ofMessages: true })
  if (!remembered) return gone('the stream was never seen before')
  if (remembered.incarnation !== seen.incarnation) return gone('the stream was made anew')
  if (seen.sequence < remembered.sequence) return gone('the stream is shorter than it was')
  return silentMs >= OUTAGE_MS ? { why: 'the broker was away', ofMessages: false } : undefined
}

export interface Watched {
  readonly listeners: Listeners
  readonly marks: StreamMarks
  /** Asks for the whole catalogue; not now, only when nobody asks for it yet. */
  readonly askForCatalogue: (now: boolean) => Promise<void>
  /** Whether our copy of the catalogue holds anything. */
  readonly hasProducts: () => Promise<boolean>
}

/**
 * Watches the stream of events. When events may have been lost, all that was announced and has not ended is announced
 * again soon, and the whole catalogue is asked for, as it is at the start when our copy is empty. What was seen is
 * remembered only after that, so that a crash between the two does it once more instead of never. Answers how to stop.
 */
export const watchStream = (
  { bus, store, clock, logger }: Pick<Platform, 'bus' | 'store' | 'clock' | 'logger'>,
  { listeners, marks, askForCatalogue, hasProducts }: Watched,
): (() => void) => {
  let stopped = false
  let started = false
  let cancel = (): void => undefined
  let remembered: StreamMark | undefined
  let answeredAtMs = clock.nowMs()

  const look = async (): Promise<void> => {
    const askedAtMs = await store.nowMs()
    const progress = await bus.progress()
    const lookedAtMs = await store.nowMs()
    listeners.sample(progress, askedAtMs, lookedAtMs)
    const seen = markOf(progress)
    if (!seen) return
    remembered ??= await marks.get(EVENTS)
    const loss = lossOf(remembered, seen, clock.nowMs() - answeredAtMs)
    if (loss !== undefined || !started) await askForCatalogue(loss !== undefined || !(await hasProducts()))
    started = true
    if (loss) {
      if (loss.ofMessages) listeners.lost(lookedAtMs)
      const count = await marks.makeDue([ANNOUNCE_ORDER, ANNOUNCE_CANCEL])
      logger.info({ loss: loss.why, count }, 'events may be lost: what is unfinished is announced again')
    }
    if (loss !== undefined || seen.sequence !== remembered?.sequence) await marks.put(EVENTS, seen)
    remembered = seen
    answeredAtMs = clock.nowMs()
  }

  const again = (): void => {
    look()
      .catch((err: unknown) => logger.debug({ err }, 'how far the stream is could not be seen'))
      .finally(() => {
        if (!stopped) cancel = clock.after(LOOK_EVERY_MS, again)
      })
      .catch(() => undefined)
  }
  again()
  return () => {
    stopped = true
    cancel()
  }
}

const markOf = ({ streams }: Progress): StreamMark | undefined => {
  const stream = streams[EVENTS]
  return stream && { incarnation: stream.incarnation, sequence: stream.lastSequence }
}
