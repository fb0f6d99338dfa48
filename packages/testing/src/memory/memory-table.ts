import { type Change, StoreError, type TableShape } from '@skald/messaging'
import { checkedKey, storedRow } from './stored-value.ts'

export type StoredRow = Readonly<Record<string, unknown>>

export interface Constraints {
  /** False refuses the row. */
  readonly check?: ((row: object) => boolean) | undefined
  /** Two rows with the same value cannot be; undefined is no value. */
  readonly unique?: ((row: object) => string | undefined) | undefined
}

/** What a row was before it was written. */
export interface Undo {
  readonly table: MemoryTable
  readonly key: string
  readonly before: StoredRow | undefined
}

/** Code units, not a locale: the same order everywhere. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export const keyOf = (table: TableShape, row: object): string => String((row as StoredRow)[table.key])

/** The rows of one table. The unique values they take are kept beside them, so that a write stays cheap in a large table. */
export class MemoryTable {
  readonly rows = new Map<string, StoredRow>()
  readonly #shape: TableShape
  readonly #constraints: Constraints
  readonly #takenBy = new Map<string, string>()

  constructor(shape: TableShape, constraints: Constraints) {
    this.#shape = shape
    this.#constraints = constraints
  }

  /** Makes the change, noting what each row was before; throws in the middle where PostgreSQL would. */
  apply({ table, deletes, updates, inserts, upserts }: Change, undo: Undo[]): void {
    for (const key of deletes) this.#write(checkedKey(table, key), undefined, undo)
    for (const row of updates) {
      if (!this.rows.has(keyOf(table, row)))
        throw new StoreError('transient', `a row of ${table.name} is gone`, '40001')
      this.#put(table, row, undo)
    }
    for (const row of inserts) {
      if (this.rows.has(keyOf(table, row)))
        throw new StoreError('transient', `a key of ${table.name} is taken`, '23505')
      this.#put(table, row, undo)
    }
    for (const row of upserts) {
      if (table.blind !== 'keep' || !this.rows.has(keyOf(table, row))) this.#put(table, row, undo)
    }
  }

  /** Puts a row in the place of whatever the key has, or removes it. */
  set(key: string, row: StoredRow | undefined): void {
    const before = this.#uniqueOf(this.rows.get(key))
    if (before !== undefined) this.#takenBy.delete(before)
    if (row === undefined) this.rows.delete(key)
    else this.rows.set(key, row)
    const after = this.#uniqueOf(row)
    if (after !== undefined) this.#takenBy.set(after, key)
  }

  #put(table: TableShape, row: object, undo: Undo[]): void {
    if (this.#constraints.check?.(row) === false)
      throw new StoreError('refused', `a row of ${table.name} violates its check`, '23514')
    const key = keyOf(table, row)
    this.#write(key, storedRow(table, row, this.rows.get(key)), undo)
  }

  #write(key: string, row: StoredRow | undefined, undo: Undo[]): void {
    const unique = this.#uniqueOf(row)
    const owner = unique === undefined ? undefined : this.#takenBy.get(unique)
    if (owner !== undefined && owner !== key)
      throw new StoreError('transient', `a unique value of ${this.#shape.name} is taken`, '23505')
    undo.push({ table: this, key, before: this.rows.get(key) })
    this.set(key, row)
  }

  #uniqueOf(row: StoredRow | undefined): string | undefined {
    const { unique } = this.#constraints
    return row && unique ? unique(row) : undefined
  }
}
