/**
 * Tables as data. A handler names rows by table and key; a Store turns a table's description into its own
 * statements. So lock order, batching and column types live in one place, and no handler holds SQL.
 */
export type ColumnType =
  | 'text'
  | 'integer'
  | 'bigint' // a safe JavaScript integer; the store refuses to read one that is not
  | 'boolean'
  | 'json' // any JSON value, stored as text: it is never queried, and text is cheaper than jsonb
  | 'time' // milliseconds since the epoch in the program, timestamptz in the database

export interface TableShape {
  readonly name: string
  /** The column that names a row. Always text, unique in the table (within its partition). */
  readonly key: string
  readonly columns: Readonly<Record<string, ColumnType>>
  /**
   * Rows that may be written without having been read. Where one exists, such a put replaces it, or keeps it as it is.
   * Other rows are inserted only where a read found none.
   */
  readonly blind?: 'replace' | 'keep'
  /**
   * Rows that a store may keep in memory instead of reading them each time. `written`: a process comes back to what it wrote
   * within seconds. `seen`: what it only looked at, too; for tables that seldom change and that everything looks at. It
   * changes no promise: what was decided on such a row is only committed if it is still so.
   */
  readonly remember?: 'written' | 'seen'
  /** A partition column that is a function of the key, so that a row is found again by its key alone. */
  readonly partition?: { readonly column: string; readonly of: (key: string) => number }
}

export interface Table<R extends object> extends TableShape {
  /** Carries the row's type; never set. */
  readonly row?: R
}

/** Describes a table; every field of the row is a column of the same name. */
export const table = <R extends object>(
  shape: Omit<TableShape, 'key' | 'columns'> & {
    readonly key: keyof R & string
    readonly columns: { readonly [C in keyof R]-?: ColumnType }
  },
): Table<R> => shape

export interface RowRef {
  readonly table: TableShape
  readonly key: string
  /** True for a row that is only looked at: it is not locked, and cannot be written. */
  readonly readOnly?: boolean
  /**
   * True for a row that is usually not there yet. A store may then decide without looking, as long as the transaction fails
   * if the row was there all the same.
   */
  readonly fresh?: boolean
}

/** What a handler may do with the rows it named. A change is seen by the messages after it in the same batch. */
export interface Rows {
  get<R extends object>(table: Table<R>, key: string): Readonly<R> | undefined
  /** Whether the row was named to be locked, so that it may be written. */
  isLocked(table: TableShape, key: string): boolean
  /** Writes the whole row: an update where it exists, else an insert (a lost race makes the batch run again). */
  put<R extends object>(table: Table<R>, row: R): void
  delete<R extends object>(table: Table<R>, key: string): void
}
