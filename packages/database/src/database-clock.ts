/** For so long the server's clock is told by our own; its drift within that time is far below a millisecond. */
const KNOWN_FOR_MS = 10_000

/** The database's clock without asking for it each time. */
export class DatabaseClock {
  /** What the server's clock is ahead of ours, by the last answer, and when that came. */
  #aheadMs = 0
  #readAtMs = Number.NEGATIVE_INFINITY

  /** The server said its time between these two moments of ours. */
  read(serverMs: number, askedAtMs: number, answeredAtMs: number): void {
    this.#aheadMs = serverMs - (askedAtMs + answeredAtMs) / 2
    this.#readAtMs = answeredAtMs
  }

  /** Undefined when it must be asked again. */
  nowMs(): number | undefined {
    const ownMs = performance.now()
    return ownMs - this.#readAtMs > KNOWN_FOR_MS ? undefined : Math.round(ownMs + this.#aheadMs)
  }
}
