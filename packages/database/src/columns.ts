import { type ColumnType, StoreError } from '@skald/messaging'
import type { Parameter } from './flight.ts'
import type { TextArrays } from './text-arrays.ts'

/**
 * Values on their way to and from PostgreSQL, as text. A batch writes one array a column, so that a statement has as
 * many parameters as the table has columns, whatever the number of rows.
 */
interface Codec {
  /** The element type of the array parameter: text goes as a binary array, what needs no quotes as a literal. */
  readonly parameter: 'text' | 'integer' | 'bigint' | 'boolean' | 'double precision'
  /** SQL that makes the column's value of one array element. */
  readonly toColumn: (element: string) => string
  /** SQL that makes the text we read of the column. */
  readonly fromColumn: (column: string) => string
  /** One element; throws a Refusal for what the column cannot hold. */
  readonly encode: (value: unknown) => string
  readonly decode: (text: string) => unknown
}

class Refusal extends Error {}

const asIs = (sql: string): string => sql

/** PostgreSQL refuses U+0000 by itself (22021). A lone surrogate it would never see: the driver makes U+FFFD of it. */
const encodeText = (value: unknown): string => {
  if (typeof value !== 'string') throw new Refusal('must be text')
  if (!value.isWellFormed()) throw new Refusal('holds a lone surrogate, which UTF-8 cannot say')
  return value
}

const encodeInteger = (value: unknown): string => {
  if (typeof value !== 'number' || (value | 0) !== value) throw new Refusal('must be an integer of 32 bits')
  return String(value)
}

const encodeBigint = (value: unknown): string => {
  if (!Number.isSafeInteger(value)) throw new Refusal('must be a safe integer')
  return String(value)
}

const encodeBoolean = (value: unknown): string => {
  if (typeof value !== 'boolean') throw new Refusal('must be true or false')
  return value ? 't' : 'f'
}

const encodeJson = (value: unknown): string => {
  const text = JSON.stringify(value)
  if (text === undefined) throw new Refusal('must be a JSON value')
  return text
}

/** A 64-bit number beyond 2^53 was not written by this program, and would be changed by reading it. */
const decodeBigint = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Refusal('holds a number beyond 2^53')
  return value
}

const decodeJson = (text: string): unknown => JSON.parse(text)

const codecs: Readonly<Record<ColumnType, Codec>> = {
  text: { parameter: 'text', toColumn: asIs, fromColumn: asIs, encode: encodeText, decode: asIs },
  integer: { parameter: 'integer', toColumn: asIs, fromColumn: asIs, encode: encodeInteger, decode: Number },
  bigint: { parameter: 'bigint', toColumn: asIs, fromColumn: asIs, encode: encodeBigint, decode: decodeBigint },
  boolean: {
    parameter: 'boolean',
    toColumn: asIs,
    fromColumn: asIs,
    encode: encodeBoolean,
    decode: (text) => text === 't',
  },
  json: { parameter: 'text', toColumn: asIs, fromColumn: asIs, encode: encodeJson, decode: decodeJson },
  time: {
    // Seconds as a double hold microseconds until the year 2242, so that a millisecond comes back as itself.
    parameter: 'double precision',
    toColumn: (element) => `to_timestamp(${element} / 1000)`,
    fromColumn: (column) => `date_part('epoch', ${column})`,
    encode: encodeBigint,
    decode: (text) => Math.round(Number(text) * 1000),
  },
}

export interface Column {
  readonly name: string
  readonly table: string
  readonly codec: Codec
}

export const columnsOf = (table: string, columns: Readonly<Record<string, ColumnType>>): readonly Column[] =>
  Object.entries(columns).map(([name, type]) => ({ name, table, codec: codecs[type] }))

export const fieldOf = (row: object, { name }: Column): unknown => (row as Readonly<Record<string, unknown>>)[name]

/** One column of many rows as an array; null stays null, except in json, where it is the JSON value null. */
export const encodeColumn = (rows: readonly object[], column: Column, arrays: TextArrays): Parameter => {
  const { codec } = column
  const { encode } = codec
  const nullable = encode !== encodeJson
  const elements = rows.map((row) => {
    const value = fieldOf(row, column)
    return value === null && nullable ? null : encodeOne(encode, value, column)
  })
  return codec.parameter === 'text' ? arrays.of(elements) : arrayOf(elements.map((element) => element ?? 'NULL'))
}

const encodeOne = (encode: Codec['encode'], value: unknown, column: Column): string => {
  try {
    return encode(value)
  } catch (error) {
    throw refused(error, column)
  }
}

/** Keys as an array. */
export const encodeKeys = (keys: readonly string[], column: Column, arrays: TextArrays): Parameter =>
  arrays.of(keys.map((key) => encodeOne(encodeText, key, column)))

/** An array literal of what needs no quotes: numbers. */
export const arrayOf = (values: readonly string[]): string => `{${values.join(',')}}`

/** A row of the driver, all text, as the program's row. */
export const decodeRow = (fields: readonly (string | null)[], columns: readonly Column[]): object => {
  const row: Record<string, unknown> = {}
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] as Column
    const text = fields[at]
    row[column.name] = text === null || text === undefined ? null : decodeOne(text, column)
  }
  return row
}

const decodeOne = (text: string, column: Column): unknown => {
  try {
    return column.codec.decode(text)
  } catch (error) {
    throw refused(error, column)
  }
}

const refused = (error: unknown, { table, name }: Column): StoreError => {
  const reason = error instanceof Error ? error.message : String(error)
  return new StoreError('refused', `${table}.${name} ${reason}`, undefined, error)
}
