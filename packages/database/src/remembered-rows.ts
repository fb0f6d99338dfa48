import type { Change, Read, TableShape } from '@skald/messaging'
import { arrayOf, encodeKeys } from './columns.ts'
import { type Step, step } from './flight.ts'
import { statementsOf } from './statements.ts'
import type { TextArrays } from './text-arrays.ts'

/** A row as it was read or written last, and the transaction that had written it then (`xmin`). */
export interface Remembered {
  readonly row: object
  readonly writtenBy: string
}

/** Rows of a table that are kept, the longest unwritten go first. More than a process has under way within seconds. */
const MAX_ROWS_A_TABLE = 5_000
/** Somebody else writes our rows: for so long each is read and locked again, as a lost race costs a whole transaction. */
const PAUSE_MS = 60_000

/**
 * The rows of tables marked `remember`, so that they need not be read and locked again. Only a hint: what was decided on
 * a remembered row is committed only if the row is still that one, whoever may have changed it, be it a person in psql.
 * That is told by `xmin`, which every update changes. (It could repeat after four thousand million transactions.)
 */
export class RememberedRows {
  readonly #tables = new Map<TableShape, Map<string, Remembered>>()
  readonly #pausedUntilMs = new Map<TableShape, number>()

  get(table: TableShape, key: string): Remembered | undefined {
    return this.#tables.get(table)?.get(key)
  }

  /** What a transaction wrote, when it is known to be committed. */
  keep(changes: readonly Change[], writtenBy: string): void {
    for (const { table, inserts, updates, upserts, deletes } of changes) {
      if (!this.#mayKeep(table)) continue
      const rows = this.#rowsOf(table)
      for (const key of deletes) rows.delete(key)
      // Written without having been read: what is there now is not known.
      for (const row of upserts) rows.delete(keyOf(table, row))
      for (const row of inserts) put(rows, keyOf(table, row), { row, writtenBy })
      for (const row of updates) put(rows, keyOf(table, row), { row, writtenBy })
      bound(rows)
    }
  }

  /** What a transaction only looked at. What is known of such a row by now is newer. */
  keepSeen(reads: readonly Read[], seen: DecidedOn): void {
    for (const { table, lock } of reads) {
      const isWritten = reads.some((read) => read.table === table && read.lock)
      if (lock || isWritten || table.remember !== 'seen' || !this.#mayKeep(table)) continue
      const rows = this.#rowsOf(table)
      for (const [key, row] of seen.get(table) ?? []) if (!rows.has(key)) rows.set(key, row)
      bound(rows)
    }
  }

  /** Rows that were written here by other means. */
  forget(table: TableShape, keys: readonly string[]): void {
    for (const key of keys) this.#tables.get(table)?.delete(key)
  }

  /** A remembered row of one of these was another one in the database: others write there, too. */
  pause(tables: Iterable<TableShape>): void {
    for (const table of tables) {
      this.#pausedUntilMs.set(table, performance.now() + PAUSE_MS)
      this.#tables.delete(table)
    }
  }

  #mayKeep(table: TableShape): boolean {
    return table.remember !== undefined && performance.now() >= (this.#pausedUntilMs.get(table) ?? 0)
  }

  #rowsOf(table: TableShape): Map<string, Remembered> {
    let rows = this.#tables.get(table)
    if (!rows) {
      rows = new Map()
      this.#tables.set(table, rows)
    }
    return rows
  }
}

const bound = (rows: Map<string, Remembered>): void => {
  for (const key of rows.keys()) {
    if (rows.size <= MAX_ROWS_A_TABLE) break
    rows.delete(key)
  }
}

/** Last in the map, whether it was there or not. */
const put = (rows: Map<string, Remembered>, key: string, remembered: Remembered): void => {
  rows.delete(key)
  rows.set(key, remembered)
}

export const keyOf = (table: TableShape, row: object): string => {
  const { key } = statementsOf(table)
  return (row as Readonly<Record<string, string>>)[key.name] ?? ''
}

/** Rows that a transaction decided on: not read, because they are remembered; or read. */
export type DecidedOn = ReadonlyMap<TableShape, ReadonlyMap<string, Remembered>>

/** What of the reads is remembered, and what must be read. */
export const recall = (
  memory: RememberedRows,
  reads: readonly Read[],
): { readonly recalled: DecidedOn; readonly missing: readonly Read[] } => {
  const recalled = new Map<TableShape, Map<string, Remembered>>()
  const missing = reads.map((read) => {
    const { table, keys, lock } = read
    if (!table.remember || (!lock && table.remember !== 'seen')) return read
    const known = recalled.get(table) ?? new Map<string, Remembered>()
    for (const key of keys) {
      const remembered = memory.get(table, key)
      if (remembered) known.set(key, remembered)
    }
    if (known.size === 0) return read
    recalled.set(table, known)
    return { ...read, keys: keys.filter((key) => !known.has(key)) }
  })
  return { recalled, missing }
}

/** Checks to be sent with what is written: `first` locks rows, as reads of them would have; `last` looks behind all locks. */
export interface Checks {
  readonly first: readonly Step[]
  readonly last: readonly Step[]
}

/** What was decided on, but not written, must be as it was remembered all the same. What is written checks itself. */
export const checksOf = (
  reads: readonly Read[],
  recalled: DecidedOn,
  changes: readonly Change[],
  arrays: TextArrays,
): Checks => {
  const checks = { first: [] as Step[], last: [] as Step[] }
  for (const [table, rows] of recalled) {
    const written = new Set<string>()
    for (const change of changes) {
      if (change.table !== table) continue
      for (const row of change.updates) written.add(keyOf(table, row))
    }
    const unwritten = [...rows].filter(([key]) => !written.has(key))
    if (unwritten.length === 0) continue
    const { key, still, same } = statementsOf(table)
    const keys = unwritten.map(([name]) => name)
    const values = [encodeKeys(keys, key, arrays), arrayOf(unwritten.map(([, { writtenBy }]) => writtenBy))]
    if (reads.some((read) => read.table === table && read.lock)) checks.first.push(step(still, values))
    else checks.last.push(step(same, values))
  }
  return checks
}
