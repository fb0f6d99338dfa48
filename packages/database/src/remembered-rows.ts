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
  #pausedUntilMs = 0

  get(table: TableShape, key: string): Remembered | undefined {
    return this.#tables.get(table)?.get(key)
  }

  /** What a transaction wrote, when it is known to be committed. */
  keep(changes: readonly Change[], writtenBy: string): void {
    if (performance.now() < this.#pausedUntilMs) return
    for (const { table, inserts, updates, upserts, deletes } of changes) {
      if (!table.remember) continue
      const rows = this.#rowsOf(table)
      for (const key of deletes) rows.delete(key)
      // Written without having been read: what is there now is not known.
      for (const row of upserts) rows.delete(keyOf(table, row))
      for (const row of inserts) put(rows, keyOf(table, row), { row, writtenBy })
      for (const row of updates) put(rows, keyOf(table, row), { row, writtenBy })
      for (const key of rows.keys()) {
        if (rows.size <= MAX_ROWS_A_TABLE) break
        rows.delete(key)
      }
    }
  }

  /** Rows that were written here by other means. */
  forget(table: TableShape, keys: readonly string[]): void {
    for (const key of keys) this.#tables.get(table)?.delete(key)
  }

  /** A remembered row was another one in the database: others write here, too. */
  pause(): void {
    this.#pausedUntilMs = performance.now() + PAUSE_MS
    this.#tables.clear()
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

/** Last in the map, whether it was there or not. */
const put = (rows: Map<string, Remembered>, key: string, remembered: Remembered): void => {
  rows.delete(key)
  rows.set(key, remembered)
}

export const keyOf = (table: TableShape, row: object): string => {
  const { key } = statementsOf(table)
  return (row as Readonly<Record<string, string>>)[key.name] ?? ''
}

/** Rows that a transaction did not read, because they are remembered. */
export type Recalled = ReadonlyMap<TableShape, ReadonlyMap<string, Remembered>>

/** What of the reads is remembered, and what must be read. Rows that are only looked at are read: nothing checks them. */
export const recall = (
  memory: RememberedRows,
  reads: readonly Read[],
): { readonly recalled: Recalled; readonly missing: readonly Read[] } => {
  const recalled = new Map<TableShape, Map<string, Remembered>>()
  const missing = reads.map((read) => {
    const { table, keys, lock } = read
    if (!table.remember || !lock) return read
    const known = new Map<string, Remembered>()
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

/** What was decided on, but not written, must be as it was remembered all the same. What is written checks itself. */
export const checksOf = (recalled: Recalled, changes: readonly Change[], arrays: TextArrays): Step[] => {
  const checks: Step[] = []
  for (const [table, rows] of recalled) {
    const written = new Set<string>()
    for (const change of changes) {
      if (change.table !== table) continue
      for (const row of change.updates) written.add(keyOf(table, row))
    }
    const unwritten = [...rows].filter(([key]) => !written.has(key))
    if (unwritten.length === 0) continue
    const { key, still } = statementsOf(table)
    const keys = unwritten.map(([name]) => name)
    checks.push(step(still, [encodeKeys(keys, key, arrays), arrayOf(unwritten.map(([, { writtenBy }]) => writtenBy))]))
  }
  return checks
}
