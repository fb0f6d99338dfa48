import type { Processor, Progress } from '@skald/messaging'

/** The durable that brings new sagas; all others bring what running sagas wait for. */
export const STARTS = 'saga-coordinator-starts'

/** More in hand gains nothing: two batches. */
const MAX_STARTS_IN_HAND = 1_000
/** Starts in hand when the gate closes still begin: a share of the limit, so that a low limit is not passed many times over. */
const IN_HAND_SHARE = 4

/** Starts handed to this process and not yet acked, at most. */
export const startsInHand = (limit: number): number => Math.min(MAX_STARTS_IN_HAND, Math.ceil(limit / IN_HAND_SHARE))

/**
 * Starts wait their turn: a backlog of orders makes sagas start late, never time out. They are held while `limit` messages
 * or more of running sagas are on their way, commands or replies, as sampled from the broker; what started since the
 * sample was asked for is counted here, or half a second of starts would pass before the next one.
 *
 * The bound: of the sagas that have something on its way, this process makes at most `limit` and those that were in hand
 * when the gate closed, a quarter more. Sagas that wait for something else, a slow payment or a person, do not count:
 * nothing of theirs stands in a queue, and they must not keep others from starting.
 */
export class StartsGate {
  readonly #processor: Processor
  readonly #limit: number
  #sampled = 0
  #started = 0
  /** How many had started when the last sample was asked for. */
  #startedBefore = 0

  constructor(processor: Processor, limit: number) {
    this.#processor = processor
    this.#limit = limit
  }

  /** Learns how much is on its way. Rejects as `ask` does; the gate then stays with what it knows. */
  async sample(ask: () => Promise<Progress>): Promise<Progress> {
    const startedBefore = this.#started
    const progress = await ask()
    this.#startedBefore = startedBefore
    this.#sampled = 0
    for (const [durable, { pending, unacked }] of Object.entries(progress.durables)) {
      if (durable !== STARTS) this.#sampled += pending + unacked
    }
    this.#apply()
    return progress
  }

  started(): void {
    this.#started += 1
    this.#apply()
  }

  #apply(): void {
    const onTheirWay = this.#sampled + this.#started - this.#startedBefore
    this.#processor.hold(STARTS, onTheirWay >= this.#limit)
  }
}
