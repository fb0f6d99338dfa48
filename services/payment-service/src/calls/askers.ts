/**
 * Commands that came again while their call is open: they are acked when it was tried once more. An ack then says that the
 * effect was tried since the question came, and silence after it is the gateway's, not that of a process that died with
 * the call.
 */
export class Askers {
  readonly #byKey = new Map<string, PromiseWithResolvers<void>>()
  readonly #most: number

  /** Of so many calls at most; a question about a further one is acked at once. */
  constructor(most: number) {
    this.#most = most
  }

  /**
   * Settles when the call was tried, or was not. `isFirst` when nobody waited for it yet; undefined when too many wait.
   */
  wait(key: string): { readonly tried: Promise<void>; readonly isFirst: boolean } | undefined {
    const known = this.#byKey.get(key)
    if (known) return { tried: known.promise, isFirst: false }
    if (this.#byKey.size >= this.#most) return undefined
    const waiting = Promise.withResolvers<void>()
    this.#byKey.set(key, waiting)
    return { tried: waiting.promise, isFirst: true }
  }

  tried(key: string): void {
    this.#take(key)?.resolve()
  }

  notTried(key: string, why: unknown): void {
    this.#take(key)?.reject(why)
  }

  #take(key: string): PromiseWithResolvers<void> | undefined {
    const waiting = this.#byKey.get(key)
    this.#byKey.delete(key)
    return waiting
  }
}
