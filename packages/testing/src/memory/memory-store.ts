import {
  type Change,
  type ClaimedTask,
  type Loaded,
  type Read,
  type Store,
  StoreError,
  type Table,
  type TableShape,
  type Task,
} from '@skald/messaging'
import { byText, keyOf, MemoryTable, type StoredRow, type Undo } from './memory-table.ts'
import { type Holder, RowLocks } from './row-locks.ts'
import { checkedKey } from './stored-value.ts'

/** Moments at which a transaction can be held up or broken. `committed` is after the fact: an unknown outcome. */
export type Moment = 'begin' | 'locked' | 'commit' | 'committed' | 'claim'

export interface MemoryStoreOptions {
  /** The database's clock, milliseconds since the epoch. */
  readonly nowMs?: () => number
  /** Tokens of claimed tasks; each must be another one. */
  readonly token?: () => string
  /** Check constraints by table name: false refuses the row. */
  readonly checks?: Readonly<Record<string, (row: object) => boolean>>
  /** Unique columns beside the key by table name: two rows with the same value cannot be, undefined is no value. */
  readonly unique?: Readonly<Record<string, (row: object) => string | undefined>>
  /** Called at each moment of each transaction; what it waits for or throws happens to that transaction. */
  readonly at?: At
}

export interface MemoryStore extends Store {
  /** The same rows for one transaction or process, with moments of its own. */
  session(at: At): Store
  /** When the earliest task of these kinds is due; undefined when there is none. */
  nextDue(table: Table<Task>, kinds: readonly string[]): number | undefined
  /** All rows of a table, sorted by key. */
  all<R extends object>(table: Table<R>): R[]
  /** All rows of a table, in no order. */
  rows<R extends object>(table: Table<R>): Iterable<Readonly<R>>
  row<R extends object>(table: Table<R>, key: string): Readonly<R> | undefined
  /** Holds a row as another transaction would; call the result to let go. */
  hold(table: TableShape, key: string): Promise<() => void>
  /** How many transactions wait for a row. */
  readonly waiting: number
  /** Fails every transaction that waits for a row, as a lost connection would. */
  interrupt(): void
}

type At = (moment: Moment) => void | Promise<void>

type Found = Map<TableShape, Map<string, StoredRow>>

type Decide<T> = (loaded: Loaded) => { readonly changes: readonly Change[]; readonly result: T }

/**
 * The Store port without a database, for simulation: the same promises, kept equal to PostgreSQL's by `storeContract`.
 * Deterministic: same calls, same clock, same `at` give the same result. Any number of processes may share one store;
 * their transactions run interleaved wherever `at` or a row lock makes one wait.
 */
export const createMemoryStore = (options: MemoryStoreOptions = {}): MemoryStore => new SharedMemory(options)

class SharedMemory implements MemoryStore {
  readonly #options: MemoryStoreOptions
  readonly #nowMs: () => number
  readonly #at: At
  readonly #tables = new Map<string, MemoryTable>()
  readonly #locks = new RowLocks()
  #claims = 0

  constructor(options: MemoryStoreOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => 0)
    this.#at = options.at ?? (() => undefined)
  }

  transact<T>(reads: readonly Read[], decide: Decide<T>): Promise<T> {
    return this.#transact(reads, decide, this.#at)
  }

  session(at: At): Store {
    return {
      transact: (reads, decide) => this.#transact(reads, decide, at),
      claim: (table, kinds, limit, leaseMs) => this.#claim(table, kinds, limit, { leaseMs, at }),
      nowMs: () => this.nowMs(),
    }
  }

  async nowMs(): Promise<number> {
    return this.#nowMs()
  }

  nextDue(table: Table<Task>, kinds: readonly string[]): number | undefined {
    let earliest: number | undefined
    for (const { due_at, kind } of this.rows(table)) {
      if ((earliest === undefined || due_at < earliest) && kinds.includes(kind)) earliest = due_at
    }
    return earliest
  }

  /** Waits only where it must: each needless turn of its promise would cost as much as the rows. */
  async #transact<T>(reads: readonly Read[], decide: Decide<T>, at: At): Promise<T> {
    const holder: Holder = { rows: [] }
    const found: Found = new Map()
    try {
      const begun = at('begin')
      if (begun) await begun
      const startedMs = this.#nowMs()
      for (const { table, keys, lock } of reads) {
        const held = lock ? this.#lock(table, this.#existing(table, keys), holder, found) : undefined
        if (held) await held
      }
      const locked = at('locked')
      if (locked) await locked
      for (const { table, keys, lock } of reads) if (!lock) this.#look(table, this.#existing(table, keys), found)
      const { changes, result } = decide(loadedOf(startedMs, found))
      const leaving = at('commit')
      if (leaving) await leaving
      for (const change of changes) {
        const held = this.#lockChanged(change.table, keysOf(change), holder)
        if (held) await held
      }
      this.#commit(changes)
      const committed = at('committed')
      if (committed) await committed
      return result
    } finally {
      this.#locks.release(holder)
    }
  }

  claim(table: Table<Task>, kinds: readonly string[], limit: number, leaseMs: number): Promise<readonly ClaimedTask[]> {
    return this.#claim(table, kinds, limit, { leaseMs, at: this.#at })
  }

  async #claim(
    table: Table<Task>,
    kinds: readonly string[],
    limit: number,
    { leaseMs, at }: { readonly leaseMs: number; readonly at: At },
  ): Promise<readonly ClaimedTask[]> {
    const begun = at('claim')
    if (begun) await begun
    const stored = this.#table(table)
    const nowMs = this.#nowMs()
    const due: Task[] = []
    for (const row of stored.rows.values()) {
      const task = row as unknown as Task
      if (task.due_at <= nowMs && kinds.includes(task.kind) && !this.#locks.isLocked(table.name, task.id))
        due.push(task)
    }
    due.sort((one, other) => one.due_at - other.due_at || byText(one.id, other.id))
    return due.slice(0, limit).map((task) => {
      this.#claims += 1
      const token = this.#options.token?.() ?? `token-${this.#claims}`
      const claimed = { ...task, due_at: nowMs + leaseMs, token, attempts: task.attempts + 1 }
      stored.set(task.id, claimed)
      return { ...claimed, lateMs: nowMs - task.due_at }
    })
  }

  all<R extends object>(table: Table<R>): R[] {
    const { rows } = this.#table(table)
    return [...rows.keys()].sort().map((key) => rows.get(key) as R)
  }

  rows<R extends object>(table: Table<R>): Iterable<Readonly<R>> {
    return this.#table(table).rows.values() as Iterable<R>
  }

  row<R extends object>(table: Table<R>, key: string): Readonly<R> | undefined {
    return this.#table(table).rows.get(key) as R | undefined
  }

  async hold(table: TableShape, key: string): Promise<() => void> {
    const holder: Holder = { rows: [] }
    while (!this.#locks.take(table.name, key, holder)) await this.#locks.whenFree(table.name, key, holder)
    return () => this.#locks.release(holder)
  }

  get waiting(): number {
    return this.#locks.waiting
  }

  interrupt(): void {
    this.#locks.interrupt(new StoreError('transient', 'the connection was lost', '08006'))
  }

  #table(shape: TableShape): MemoryTable {
    let table = this.#tables.get(shape.name)
    if (!table) {
      const { checks, unique } = this.#options
      table = new MemoryTable(shape, { check: checks?.[shape.name], unique: unique?.[shape.name] })
      this.#tables.set(shape.name, table)
    }
    return table
  }

  #existing(table: TableShape, keys: readonly string[]): readonly string[] {
    const { rows } = this.#table(table)
    return keys.filter((key) => rows.has(checkedKey(table, key))).sort()
  }

  #look(table: TableShape, keys: readonly string[], into: Found): void {
    if (keys.length === 0) return
    const { rows } = this.#table(table)
    const found = into.get(table) ?? new Map<string, StoredRow>()
    into.set(table, found)
    for (const key of keys) {
      const row = rows.get(key)
      if (row) found.set(key, row)
    }
  }

  /**
   * Locks rows that are there now, and gives what they have become once it holds them. What it gives back, if anything,
   * is to be waited for.
   */
  #lock(table: TableShape, keys: readonly string[], holder: Holder, into: Found): Promise<void> | undefined {
    for (const [at, key] of keys.entries()) {
      if (this.#locks.take(table.name, key, holder)) continue
      const free = this.#locks.whenFree(table.name, key, holder)
      return free.then(() => this.#lock(table, keys.slice(at), holder, into)).then(() => this.#look(table, keys, into))
    }
    this.#look(table, keys, into)
    return undefined
  }

  /** A write waits for whoever holds the row, also where the transaction did not lock it before. */
  #lockChanged(table: TableShape, keys: readonly string[], holder: Holder): Promise<void> | undefined {
    const { rows } = this.#table(table)
    for (const [at, key] of keys.entries()) {
      if (!rows.has(key) || this.#locks.take(table.name, key, holder)) continue
      const free = this.#locks.whenFree(table.name, key, holder)
      return free.then(() => this.#lockChanged(table, keys.slice(at), holder))
    }
    return undefined
  }

  /** All or nothing, in one go. */
  #commit(changes: readonly Change[]): void {
    const undo: Undo[] = []
    try {
      for (const change of changes) this.#table(change.table).apply(change, undo)
    } catch (error) {
      for (const { table, key, before } of undo.reverse()) table.set(key, before)
      throw error
    }
  }
}

const loadedOf = (nowMs: number, found: Found): Loaded => ({
  nowMs,
  get: (table, key) => found.get(table)?.get(key),
})

/** In the order in which they are locked. */
const keysOf = ({ table, deletes, updates, upserts }: Change): readonly string[] => {
  const keys = [...deletes]
  for (const row of updates) keys.push(keyOf(table, row))
  for (const row of upserts) keys.push(keyOf(table, row))
  return keys.sort()
}
