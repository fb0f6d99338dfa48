import type { Bus, Publication } from './bus.ts'
import type { Clock } from './clock.ts'

/** Publications kept for another try, at most: beyond, their tasks bring them back. A few megabytes. */
const MAX_KEPT = 10_000
/** Between two tries while the broker is away. */
const AGAIN_AFTER_MS = 500
/** Published in one try; the rest follows at once when one of them got through. */
const MAX_AT_A_TIME = 500
/** What is refused for good must not be tried for ever: half a minute, then its task decides. */
const MAX_TRIES = 60

interface Kept {
  readonly publication: Publication
  readonly tries: number
}

/**
 * What requests and tasks said while the broker was away, said as soon as it is back. Without it each would wait for the
 * lease of its task, half a minute for a new order, because of a broker that was away for a second. It is kept in memory
 * only: when this process dies, those tasks bring it back.
 */
export class Unsent {
  readonly #bus: Bus
  readonly #clock: Clock
  #kept: Kept[] = []
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus
    this.#clock = clock
  }

  /** Tries again what could not be published, under the same ids: what did get through is stored once. */
  add(publications: readonly Publication[]): void {
    this.#keep(publications.map((publication) => ({ publication, tries: 1 })))
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#kept = []
  }

  #keep(more: readonly Kept[]): void {
    if (this.#stopped) return
    this.#kept.push(...more.slice(0, MAX_KEPT - this.#kept.length))
    if (this.#kept.length > 0) this.#cancel ??= this.#clock.after(AGAIN_AFTER_MS, () => void this.#again())
  }

  async #again(): Promise<void> {
    for (let isThrough = true; isThrough && this.#kept.length > 0; ) {
      const now = this.#kept.splice(0, MAX_AT_A_TIME)
      const outcomes = await Promise.allSettled(now.map(({ publication }) => this.#bus.publish(publication)))
      const failed = now.filter((_, index) => outcomes[index]?.status === 'rejected')
      isThrough = failed.length < now.length
      const tried = failed.map(({ publication, tries }) => ({ publication, tries: tries + 1 }))
      this.#kept.push(...tried.filter(({ tries }) => tries < MAX_TRIES))
    }
    this.#cancel = undefined
    this.#keep([])
  }
}
