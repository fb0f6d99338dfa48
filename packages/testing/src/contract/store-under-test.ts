import type { Change, Loaded, Read, Store, Table, TableShape } from '@skald/messaging'
import { type Counter, counters } from './contract-tables.ts'

/** An implementation of the Store port, with what it takes to bring two transactions into each other's way. */
export interface StoreUnderTest {
  /** Two processes on the same data. */
  readonly one: Store
  readonly other: Store
  /** Holds a row as a third process would; call the result to let go. */
  hold(table: TableShape, key: string): Promise<() => void | Promise<void>>
  /** Resolves when this many transactions wait for a row. */
  waiting(count: number): Promise<void>
  /** Breaks the connections of all transactions that are open now. */
  breakConnections(): Promise<void>
  /** Breaks the connection of the next transaction of `one`: when it holds its rows, or after its commit took effect. */
  breakNext(moment: 'locked' | 'committed'): void
  close(): Promise<void>
}

let keys = 0
/** Unused in the whole suite, so that its tests do not meet. */
export const freshKey = (what: string): string => `${what}-${++keys}`

export const locked = (table: TableShape, ...keysOf: string[]): Read => ({ table, keys: keysOf, lock: true })
export const unlocked = (table: TableShape, ...keysOf: string[]): Read => ({ table, keys: keysOf, lock: false })

type Writes = Partial<Omit<Change, 'table'>>
export const change = (table: TableShape, writes: Writes): Change => ({
  table,
  inserts: [],
  updates: [],
  upserts: [],
  deletes: [],
  ...writes,
})

export const write = (store: Store, table: TableShape, writes: Writes): Promise<void> =>
  store.transact([], () => ({ changes: [change(table, writes)], result: undefined }))

export const read = <R extends object>(store: Store, table: Table<R>, key: string): Promise<R | undefined> =>
  store.transact([unlocked(table, key)], (loaded) => ({ changes: [], result: rowOf(loaded, table, key) }))

export const rowOf = <R extends object>(loaded: Loaded, table: Table<R>, key: string): R | undefined =>
  loaded.get(table, key) as R | undefined

export const add = (store: Store, ids: readonly string[]): Promise<void> =>
  store.transact([locked(counters, ...ids)], (loaded) => {
    const updates = ids.map((id) => ({ id, value: (rowOf(loaded, counters, id)?.value ?? 0) + 1 }))
    return { changes: [change(counters, { updates })], result: undefined }
  })

export const insertCounter = async (store: StoreUnderTest, what: string): Promise<string> => {
  const row: Counter = { id: freshKey(what), value: 0 }
  await write(store.one, counters, { inserts: [row] })
  return row.id
}

/** What it was rejected with; for a rejection that comes while the test waits for something else. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
