import type { Progress } from './bus.ts'

/** Marks kept a stream and durable: at two samples a second ten minutes, longer than any backlog we let build up. */
const MAX_MARKS = 1_200

/** The broker is asked twice a second; one that does not answer for so long was away, and may have lost something. */
const AWAY_MS = 5_000

interface Mark {
  readonly atMs: number
  readonly sequence: number
}

/**
 * Answers one question: was everything that was published before a moment handled by now? From samples of how far
 * the streams have grown and how far each durable has acked. A command that is still queued, or whose reply is, must
 * not be asked again: under a backlog every saga would, and the backlog would grow by its own repeats.
 */
export class ProgressMarks {
  /** How far each stream had grown, and when. */
  readonly #grown = new Map<string, Mark[]>()
  readonly #incarnations = new Map<string, string>()
  /** When a stream was seen to be made anew: what was said to it before is gone, not queued. */
  readonly #madeAnewMs = new Map<string, number>()
  /** By durable: what was published before `sequence` (a time, milliseconds) was acked at `atMs`. */
  readonly #caughtUp = new Map<string, Mark[]>()
  #sampledAtMs = Number.NEGATIVE_INFINITY
  #wholeSinceMs = Number.POSITIVE_INFINITY

  /**
   * How far the broker was at some moment between `askedAtMs` and `answeredAtMs`, which may be far apart: what came until
   * the first is in it, and what was lost was lost by the second. Both by the clock that everything asked here is told by.
   */
  sample({ streams, durables }: Progress, askedAtMs: number, answeredAtMs = askedAtMs): void {
    if (answeredAtMs - this.#sampledAtMs > AWAY_MS) this.#wholeSinceMs = answeredAtMs
    this.#sampledAtMs = answeredAtMs
    for (const [stream, { incarnation, lastSequence }] of Object.entries(streams)) {
      const before = this.#incarnations.get(stream)
      if (before !== incarnation) {
        this.#grown.delete(stream)
        this.#wholeSinceMs = answeredAtMs
        if (before !== undefined) this.#madeAnewMs.set(stream, answeredAtMs)
      }
      this.#incarnations.set(stream, incarnation)
      push(this.#grown, stream, { atMs: askedAtMs, sequence: lastSequence })
    }
    for (const [durable, { stream, ackFloor, pending, unacked }] of Object.entries(durables)) {
      const isIdle = pending === 0 && unacked === 0
      const reached = isIdle ? askedAtMs : this.#passedAtMs(stream, ackFloor)
      push(this.#caughtUp, durable, { atMs: answeredAtMs, sequence: reached })
    }
  }

  /** When a stream had grown to where its durable has acked all. */
  #passedAtMs(stream: string, ackFloor: number): number {
    const passed = lastUpTo(this.#grown.get(stream) ?? [], ({ sequence }) => sequence <= ackFloor)
    // Behind all marks, of what was there before we watched, nothing is known: it may be queued.
    return passed?.atMs ?? this.#madeAnewMs.get(stream) ?? 0
  }

  /**
   * Since when the broker has answered without a gap and kept its streams, as far as we have watched. What was said before
   * may be lost without having been handled, however settled it looks. Infinite while nothing is known.
   */
  wholeSinceMs(): number {
    return this.#wholeSinceMs
  }

  /** The moment up to which everything published was acked by the durable, as known at `knownAtMs`; 0 when unknown. */
  handledUpTo(durable: string, knownAtMs = Number.POSITIVE_INFINITY): number {
    return lastUpTo(this.#caughtUp.get(durable) ?? [], ({ atMs }) => atMs <= knownAtMs)?.sequence ?? 0
  }

  /**
   * The moment up to which commands to `asked` were handled and the replies they made were handled by all of `answers`.
   * Who was asked before it and has no reply will not get one: the command or its reply is lost. As known at `knownAtMs`.
   */
  settledUpTo(asked: string, answers: readonly string[], knownAtMs = Number.POSITIVE_INFINITY): number {
    const repliesHandled = Math.min(...answers.map((durable) => this.handledUpTo(durable, knownAtMs)))
    return this.handledUpTo(asked, repliesHandled)
  }
}

const push = (marks: Map<string, Mark[]>, name: string, mark: Mark): void => {
  const list = marks.get(name) ?? []
  marks.set(name, list)
  list.push(mark)
  if (list.length > MAX_MARKS) list.splice(0, list.length - MAX_MARKS)
}

const lastUpTo = (marks: readonly Mark[], fits: (mark: Mark) => boolean): Mark | undefined => marks.findLast(fits)
