import type { Table, TableShape } from './rows.ts'
import type { ClaimedTask, Task } from './tasks.ts'

/** Rows to read, by key. `lock` holds them until the end of the transaction; keys are locked in sorted order. */
export interface Read {
  readonly table: TableShape
  readonly keys: readonly string[]
  readonly lock: boolean
  /** Keys of rows that are probably not there. What takes that for granted fails if they are. */
  readonly fresh?: ReadonlySet<string>
}

export interface Loaded {
  /** The database's clock, milliseconds since the epoch, to within a few. It alone decides what is due. */
  readonly nowMs: number
  get(table: TableShape, key: string): object | undefined
}

/** What a batch does to one table. Inserts fail on a key that exists: somebody else was first, and the batch runs again. */
export interface Change {
  readonly table: TableShape
  readonly inserts: readonly object[]
  readonly updates: readonly object[]
  readonly upserts: readonly object[]
  readonly deletes: readonly string[]
}

export interface Store {
  /**
   * One transaction: locks and loads the reads (tables in the order given, keys sorted, unlocked reads after the
   * locks), decides, writes, commits. `decide` is synchronous: nothing can be awaited while locks are held.
   * Rejects with a StoreError; when `decide` throws, nothing is written. An update that finds its row gone
   * rejects as 'transient': the row changed hands, the batch must look again.
   */
  transact<T>(
    reads: readonly Read[],
    decide: (loaded: Loaded) => { readonly changes: readonly Change[]; readonly result: T },
  ): Promise<T>
  /**
   * Takes up to `limit` tasks that are due by the database's clock, oldest first, skipping those that another
   * process is taking, and pushes their due time `leaseMs` ahead under a new token: who dies holding one gives it back.
   */
  claim(table: Table<Task>, kinds: readonly string[], limit: number, leaseMs: number): Promise<readonly ClaimedTask[]>
  /** The database's clock, to within a few milliseconds: what is compared with its rows must not be told by another. */
  nowMs(): Promise<number>
}

/**
 * transient: the same batch may succeed later (connection, deadlock, lost race).
 * refused: this data can never be stored (class 22, a check constraint): the batch is halved until the culprit is found.
 * broken: the program and the schema disagree (class 42): nothing of this kind can succeed until someone acts.
 */
export type StoreFault = 'transient' | 'refused' | 'broken'

export class StoreError extends Error {
  readonly fault: StoreFault
  /** The SQLSTATE, or the system's error code. */
  readonly code: string | undefined
  constructor(fault: StoreFault, message: string, code?: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
    this.fault = fault
    this.code = code
  }
}
