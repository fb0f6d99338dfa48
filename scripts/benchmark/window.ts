import type { Outcome } from './order-flow.ts'
import { type Quantiles, quantilesOf } from './quantiles.ts'

export interface WindowFigures {
  /** Ends of both outcomes. */
  readonly sagasPerSecond: number
  readonly confirmed: number
  readonly cancelled: number
  readonly failedPosts: number
  /** From POST to the end. */
  readonly end: Quantiles
  /** From POST to its answer. */
  readonly post: Quantiles
}

/** The measured time of a run and what is noted in it. */
export class Window {
  readonly endMs: number[] = []
  readonly postMs: number[] = []
  #confirmed = 0
  #cancelled = 0
  #failedPosts = 0
  #openedMs = Number.POSITIVE_INFINITY
  #closedMs = Number.POSITIVE_INFINITY

  open(): void {
    this.#openedMs = performance.now()
  }

  close(): void {
    this.#closedMs = performance.now()
  }

  covers(momentMs: number): boolean {
    return momentMs >= this.#openedMs && momentMs < this.#closedMs
  }

  countEnd(outcome: Outcome): void {
    if (outcome === 'confirmed') this.#confirmed += 1
    else this.#cancelled += 1
  }

  countFailedPost(): void {
    this.#failedPosts += 1
  }

  figures(): WindowFigures {
    const tookMs = this.#closedMs - this.#openedMs
    return {
      sagasPerSecond: Math.round(((this.#confirmed + this.#cancelled) / tookMs) * 10_000) / 10,
      confirmed: this.#confirmed,
      cancelled: this.#cancelled,
      failedPosts: this.#failedPosts,
      end: quantilesOf(this.endMs),
      post: quantilesOf(this.postMs),
    }
  }
}
