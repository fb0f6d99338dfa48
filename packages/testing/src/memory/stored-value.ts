import { type ColumnType, StoreError, type TableShape } from '@skald/messaging'

/** What PostgreSQL would refuse to store in a column, and why; undefined for what it takes. */
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

/** Columns as a list, made once a table: rows are written far more often than tables are described. */
const columnsOf = (table: TableShape): readonly (readonly [string, ColumnType])[] => {
  let columns = listed.get(table)
  if (!columns) {
    columns = Object.entries(table.columns)
    listed.set(table, columns)
  }
  return columns
}
const listed = new WeakMap<TableShape, readonly (readonly [string, ColumnType])[]>()

/**
 * The row as it lies in the table: checked, cut off from whatever the program still holds of it, and frozen, so that each
 * reading may be given the row itself. `before` is what lies there now: what was read and is written again is taken over.
 */
export const storedRow = (
  table: TableShape,
  row: object,
  before: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> => {
  const stored: Record<string, unknown> = {}
  for (const [column, type] of columnsOf(table)) {
    const value: unknown = (row as Readonly<Record<string, unknown>>)[column]
    if (value === null || (value !== undefined && value === before?.[column])) {
      stored[column] = value
      continue
    }
    const given = type === 'json' ? frozenJson(value, before?.[column]) : value
    const wrong = complaint(type, given)
    if (wrong !== undefined) throw new StoreError('refused', `${table.name}.${column} ${wrong}`, '22000')
    stored[column] = given
  }
  return Object.freeze(stored)
}

/**
 * What a JSON text of the value would be read as, frozen all the way down. What stands in the same place of `before`, which
 * went through here already, is taken over: most of a saga's state stays as it is from step to step.
 */
const frozenJson = (value: unknown, before?: unknown): unknown => {
  if (typeof value === 'object') return value && (value === before ? value : frozenObject(value, before))
  if (typeof value === 'string' || typeof value === 'boolean') return value
  // JSON knows neither -0 nor what is not finite.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  return throughText(value)
}

const frozenObject = (value: object, before: unknown): unknown => {
  const old = (before ?? {}) as Readonly<Record<string, unknown>>
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown, at) => frozenJson(item, old[at]) ?? null))
  return Object.getPrototypeOf(value) === Object.prototype ? frozenFields(value, old) : throughText(value)
}

const frozenFields = (value: object, old: Readonly<Record<string, unknown>>): unknown => {
  // Copied as a whole first: that is several times faster than field by field.
  const copy: Record<string, unknown> = { ...value }
  for (const name in copy) {
    const field = copy[name]
    if (typeof field === 'string') continue
    const json = frozenJson(field, old[name])
    // A field that JSON leaves out is best left out of a text.
    if (json === undefined) return frozenJson(JSON.parse(JSON.stringify(value)))
    copy[name] = json
  }
  return Object.freeze(copy)
}

/** Dates, and whatever else JSON has words of its own for. */
const throughText = (value: unknown): unknown => {
  const text = JSON.stringify(value) as string | undefined
  return text === undefined ? undefined : frozenJson(JSON.parse(text))
}

export const checkedKey = (table: TableShape, key: string): string => {
  const wrong = complaint('text', key)
  if (wrong !== undefined) throw new StoreError('refused', `${table.name}.${table.key} ${wrong}`, '22021')
  return key
}
