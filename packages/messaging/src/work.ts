import type { Input } from './batch.ts'
import type { Delivery } from './bus.ts'

/** An input with the way to settle it. */
export interface Work {
  readonly input: Input
  /** Undefined for requests and tasks. */
  readonly delivery: Delivery | undefined
  readonly done: (reply: unknown) => void
  /** It is handled, and is to come again. */
  readonly redeliver: () => void
  /** It is to be tried again by whoever handed it in. */
  readonly failed: (error: unknown) => void
}

/** Inputs that arrived and wait for the next batch. */
export class WorkQueue {
  readonly #requests: Work[] = []
  readonly #deliveries: Work[] = []
  #arrived: (() => void) | undefined

  add(work: Work): void {
    ;(work.delivery ? this.#deliveries : this.#requests).push(work)
    this.wakeUp()
  }

  /** Up to `max` inputs; requests fill at most half, so that a flood of new orders does not keep running sagas waiting. */
  take(max: number): Work[] {
    const batch = this.#requests.splice(0, max >> 1)
    batch.push(...this.#deliveries.splice(0, max - batch.length))
    if (batch.length < max) batch.push(...this.#requests.splice(0, max - batch.length))
    return batch
  }

  /** Resolves at the next arrival, or when woken up. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve
    })
  }

  wakeUp(): void {
    this.#arrived?.()
    this.#arrived = undefined
  }
}
