import { type ColumnType, StoreError, type TableShape } from '@skald/messaging'

/** What PostgreSQL would refuse to store in a column, and why; undefined for what it takes. JSON comes as text. */
const complaint = (type: ColumnType, value: unknown): string | undefined => {
  switch (type) {
    case 'text':
      if (typeof value !== 'string') return 'must be text'
      if (!value.isWellFormed()) return 'holds a lone surrogate, which UTF-8 cannot say'
      return value.includes('\0') ? 'holds U+0000, which PostgreSQL cannot store' : undefined
    case 'integer':
      return typeof value === 'number' && (value | 0) === value ? undefined : 'must be an integer of 32 bits'
    case 'bigint':
    case 'time':
      return Number.isSafeInteger(value) ? undefined : 'must be a safe integer'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false'
    case 'json':
      return value === undefined ? 'must be a JSON value' : undefined
  }
}

/** Columns as a list, made once a table: rows are read and written far more often than tables are described. */
const columnsOf = (table: TableShape): readonly (readonly [string, ColumnType])[] => {
  let columns = listed.get(table)
  if (!columns) {
    columns = Object.entries(table.columns)
    listed.set(table, columns)
  }
  return columns
}
const listed = new WeakMap<TableShape, readonly (readonly [string, ColumnType])[]>()

/** The row as it would lie in the table: checked, and cut off from whatever the program still holds of it. */
export const storedRow = (table: TableShape, row: object): Readonly<Record<string, unknown>> => {
  const stored: Record<string, unknown> = {}
  for (const [column, type] of columnsOf(table)) {
    const value: unknown = (row as Readonly<Record<string, unknown>>)[column]
    if (value === null) {
      stored[column] = null
      continue
    }
    const given = type === 'json' ? JSON.stringify(value) : value
    const wrong = complaint(type, given)
    if (wrong !== undefined) throw new StoreError('refused', `${table.name}.${column} ${wrong}`, '22000')
    stored[column] = given
  }
  return stored
}

/** A stored row as the program reads it; each reading is a copy of its own. */
export const readRow = (table: TableShape, stored: Readonly<Record<string, unknown>>): object => {
  const row: Record<string, unknown> = {}
  for (const [column, type] of columnsOf(table)) {
    const value = stored[column] ?? null
    row[column] = type === 'json' && typeof value === 'string' ? JSON.parse(value) : value
  }
  return row
}

export const checkedKey = (table: TableShape, key: string): string => {
  const wrong = complaint('text', key)
  if (wrong !== undefined) throw new StoreError('refused', `${table.name}.${table.key} ${wrong}`, '22021')
  return key
}
