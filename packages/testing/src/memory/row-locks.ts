import { StoreError } from '@skald/messaging'

interface Row {
  readonly table: string
  readonly key: string
}

/** Whoever holds locks: a transaction, or a test that stands in for one. */
export interface Holder {
  readonly rows: Row[]
}

/**
 * Row locks with PostgreSQL's manners: one holder a row, the others wait in line, and who would wait for himself
 * fails as a deadlock.
 */
export class RowLocks {
  readonly #holders = new Map<string, Map<string, Holder>>()
  readonly #waiting = new Map<Holder, { readonly row: Row; readonly wake: (error?: Error) => void }>()

  /** Holds the row until `release`, if nobody else does. */
  take(table: string, key: string, holder: Holder): boolean {
    const holders = this.#holders.get(table) ?? new Map<string, Holder>()
    const owner = holders.get(key)
    if (owner !== undefined) return owner === holder
    this.#holders.set(table, holders.set(key, holder))
    holder.rows.push({ table, key })
    return true
  }

  /** Waits until the row may be free. */
  whenFree(table: string, key: string, holder: Holder): Promise<void> {
    const owner = this.#holderOf({ table, key })
    if (owner && this.#waitsFor(owner, holder)) {
      return Promise.reject(new StoreError('transient', 'deadlock detected', '40P01'))
    }
    return new Promise<void>((resolve, reject) => {
      this.#waiting.set(holder, { row: { table, key }, wake: (error) => (error ? reject(error) : resolve()) })
    })
  }

  isLocked(table: string, key: string): boolean {
    return this.#holderOf({ table, key }) !== undefined
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** Frees everything the holder has; whoever waited looks again, in the order in which they came. */
  release({ rows }: Holder): void {
    for (const { table, key } of rows) this.#holders.get(table)?.delete(key)
    if (this.#waiting.size === 0) return
    for (const [waiter, { row, wake }] of this.#waiting) {
      if (this.#holderOf(row)) continue
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

  #holderOf({ table, key }: Row): Holder | undefined {
    return this.#holders.get(table)?.get(key)
  }

  #waitsFor(one: Holder, other: Holder): boolean {
    for (let holder: Holder | undefined = one; holder !== undefined; ) {
      if (holder === other) return true
      const wanted = this.#waiting.get(holder)
      holder = wanted && this.#holderOf(wanted.row)
    }
    return false
  }
}
