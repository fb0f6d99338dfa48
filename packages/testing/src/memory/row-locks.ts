import { StoreError } from '@skald/messaging'

/** Whoever holds locks: a transaction, or a test that stands in for one. */
export interface Holder {
  readonly what: 'transaction' | 'hold'
}

/**
 * Row locks with PostgreSQL's manners: one holder a row, the others wait in line, and who would wait for himself
 * fails as a deadlock.
 */
export class RowLocks {
  readonly #holders = new Map<string, Holder>()
  readonly #waiting = new Map<Holder, { readonly row: string; readonly wake: (error?: Error) => void }>()

  /** Waits until the row is free and holds it until `release`. */
  async lock(row: string, holder: Holder): Promise<void> {
    for (;;) {
      const owner = this.#holders.get(row)
      if (owner === undefined || owner === holder) break
      if (this.#waitsFor(owner, holder)) throw new StoreError('transient', 'deadlock detected', '40P01')
      await new Promise<void>((resolve, reject) => {
        this.#waiting.set(holder, { row, wake: (error) => (error ? reject(error) : resolve()) })
      })
    }
    this.#holders.set(row, holder)
  }

  isLocked(row: string): boolean {
    return this.#holders.has(row)
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Frees everything the holder has; whoever waited looks again, in the order in which they came. */
  release(holder: Holder): void {
    const freed = new Set<string>()
    for (const [row, owner] of this.#holders) if (owner === holder) freed.add(row)
    for (const row of freed) this.#holders.delete(row)
    for (const [waiter, { row, wake }] of this.#waiting) {
      if (!freed.has(row)) continue
      this.#waiting.delete(waiter)
      wake()
    }
  }

  /** Fails everyone who waits, as a lost connection would. */
  interrupt(error: Error): void {
    for (const [waiter, { wake }] of this.#waiting) {
      this.#waiting.delete(waiter)
      wake(error)
    }
  }

  #waitsFor(one: Holder, other: Holder): boolean {
    for (let holder: Holder | undefined = one; holder !== undefined; ) {
      if (holder === other) return true
      const wanted = this.#waiting.get(holder)
      holder = wanted === undefined ? undefined : this.#holders.get(wanted.row)
    }
    return false
  }
}
