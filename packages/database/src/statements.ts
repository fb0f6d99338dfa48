import { StoreError, type TableShape } from '@skald/messaging'
import { type Column, columnsOf } from './columns.ts'

/** A prepared statement: the server parses a name once a connection. */
export interface Statement {
  readonly name: string
  readonly text: string
  /** The last value of its row is the number of the transaction: what `xmin` says of the rows that it writes. */
  readonly tellsWriter?: boolean
}

/** Everything a table's description is turned into, once a process. Values travel as parameters, never in the text. */
export interface TableStatements {
  readonly columns: readonly Column[]
  readonly key: Column
  /** Parameters of both: [keys], or [the partition, keys of that partition]. */
  readonly lock: Statement
  readonly read: Statement
  /** Parameters of both: one array a column. */
  readonly insert: Statement
  readonly upsert: Statement
  /** The statement that sets these columns. */
  readonly update: (changed: ReadonlySet<Column>) => Update
  /** As `lock`. */
  readonly delete: Statement
  /** Fails, and with it the commit behind it, when a row is not as remembered. Parameters: keys, and who wrote each. */
  readonly same: Statement
  /** `same`, and locks them. */
  readonly still: Statement
  /** Fails, and with it the commit behind it, when there is such a row. Parameters as of `read`. */
  readonly absent: Statement
}

/** Sets those of its columns that are no keys. Parameters: one array a column; in a table that is remembered also who wrote each row. */
export interface Update extends Statement {
  readonly columns: readonly Column[]
}

/**
 * Updates that are prepared for one table, at most; what changes in yet another way is sent as whole rows. A table has a
 * handful of ways to change, and each statement takes memory in every connection.
 */
const MAX_UPDATES = 16

const known = new WeakMap<TableShape, TableStatements>()
let described = 0

export const statementsOf = (table: TableShape): TableStatements => {
  let statements = known.get(table)
  if (!statements) {
    described += 1
    statements = describe(table, `t${described}`)
    known.set(table, statements)
  }
  return statements
}

const describe = (table: TableShape, prefix: string): TableStatements => {
  const columns = columnsOf(table.name, table.columns)
  const key = columns.find(({ name }) => name === table.key)
  if (!key) throw new StoreError('broken', `table ${table.name} has no column ${table.key}, which is its key`)
  const named = (name: string, text: string): Statement => ({ name: `${prefix}_${name}`, text })
  const written = (name: string, text: string): Statement => ({
    ...named(name, text),
    tellsWriter: table.remember !== undefined,
  })
  return {
    columns,
    key,
    lock: named('lock', `${selectSql(table, columns)} FOR UPDATE`),
    read: named('read', selectSql(table, columns)),
    insert: written('insert', table.remember ? tellingWriter(insertSql(table, columns)) : insertSql(table, columns)),
    upsert: named('upsert', upsertSql(table, columns)),
    update: updatesOf(table, columns, (name, some) => ({ ...written(name, updateSql(table, some)), columns: some })),
    delete: named('delete', `DELETE FROM ${identifier(table.name)} WHERE ${byKeys(table)}`),
    same: named('same', sameSql(table, '')),
    still: named('still', sameSql(table, 'FOR UPDATE OF target')),
    absent: named('absent', `SELECT skald_expect(count(*), 0) FROM ${identifier(table.name)} WHERE ${byKeys(table)}`),
  }
}

const updatesOf = (
  table: TableShape,
  columns: readonly Column[],
  make: (name: string, columns: readonly Column[]) => Update,
): ((changed: ReadonlySet<Column>) => Update) => {
  const fixed = fixedColumns(table)
  const whole = make('update', columns)
  const some = new Map<string, Update>()
  return (changed) => {
    if (changed.size === 0 || changed.size + fixed.length === columns.length) return whole
    const wanted = columns.filter((column) => changed.has(column) || fixed.includes(column.name))
    const key = wanted.map(({ name }) => name).join()
    const update = some.get(key)
    if (update || some.size === MAX_UPDATES) return update ?? whole
    const made = make(`update_${some.size}`, wanted)
    some.set(key, made)
    return made
  }
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/
/** Names come from table descriptions in the code, never from input; the check keeps it so. */
const identifier = (name: string): string => {
  const parts = name.split('.')
  if (!parts.every((part) => NAME.test(part)))
    throw new StoreError('broken', `'${name}' is not a name a table or column may have: use a-z, 0-9 and _`)
  return parts.map((part) => `"${part}"`).join('.')
}

const byKeys = (table: TableShape): string => {
  const key = identifier(table.key)
  if (!table.partition) return `${key} = ANY($1::text[])`
  return `${identifier(table.partition.column)} = $1::integer AND ${key} = ANY($2::text[])`
}

/** Ordered, so that every process locks the rows of a table in the same order. */
const selectSql = (table: TableShape, columns: readonly Column[]): string => {
  const list = columns.map(({ name, codec }) => codec.fromColumn(identifier(name)))
  if (table.remember) list.push('xmin')
  return `SELECT ${list.join(', ')} FROM ${identifier(table.name)} WHERE ${byKeys(table)} ORDER BY ${identifier(table.key)}`
}

/** The rows of a write as a relation `given`: one array parameter a column. */
const given = (columns: readonly Column[], withWriter = false): string => {
  const arrays = columns.map(({ codec }, at) => `$${at + 1}::${codec.parameter}[]`)
  if (withWriter) arrays.push(`$${columns.length + 1}::xid[]`)
  return `unnest(${arrays.join(', ')}) AS given(${names(columns)}${withWriter ? ', written_by' : ''})`
}

const names = (columns: readonly Column[]): string => columns.map(({ name }) => identifier(name)).join(', ')

const storedValue = ({ name, codec }: Column): string => codec.toColumn(`given.${identifier(name)}`)

const insertSql = (table: TableShape, columns: readonly Column[]): string =>
  `INSERT INTO ${identifier(table.name)} (${names(columns)}) ` +
  `SELECT ${columns.map(storedValue).join(', ')} FROM ${given(columns)}`

const WRITER = 'pg_current_xact_id()::xid'

const tellingWriter = (insert: string): string => `WITH made AS (${insert}) SELECT ${WRITER}`

/** The columns by which a row is found, and which therefore never change. */
const fixedColumns = (table: TableShape): readonly string[] =>
  table.partition ? [table.key, table.partition.column] : [table.key]

/** The row is the one that was read or written last, whatever another one did since. */
const WRITER_MATCHES = 'target.xmin = given.written_by'

const sameSql = (table: TableShape, lock: string): string => {
  const key = identifier(table.key)
  return (
    `WITH hit AS (SELECT FROM ${identifier(table.name)} AS target ` +
    `JOIN unnest($1::text[], $2::xid[]) AS given(${key}, written_by) ON target.${key} = given.${key} AND ${WRITER_MATCHES} ` +
    `ORDER BY target.${key} ${lock}) SELECT skald_expect(count(*), cardinality($1)) FROM hit`
  )
}

/** A row that is gone would be written by nobody: the statement fails then, and with it the commit behind it. */
const updateSql = (table: TableShape, columns: readonly Column[]): string => {
  const fixed = fixedColumns(table)
  const changed = columns.filter(({ name }) => !fixed.includes(name))
  // A table of keys alone has nothing to change, but its rows must still be there.
  const sets = (changed.length > 0 ? changed : columns).map(
    (column) => `${identifier(column.name)} = ${storedValue(column)}`,
  )
  const matches = fixed.map((name) => `target.${identifier(name)} = given.${identifier(name)}`)
  if (table.remember) matches.push(WRITER_MATCHES)
  return (
    `WITH hit AS (UPDATE ${identifier(table.name)} AS target SET ${sets.join(', ')} ` +
    `FROM ${given(columns, table.remember !== undefined)} WHERE ${matches.join(' AND ')} RETURNING 1) ` +
    `SELECT skald_expect(count(*), cardinality($1))${table.remember ? `, ${WRITER}` : ''} FROM hit`
  )
}

const upsertSql = (table: TableShape, columns: readonly Column[]): string => {
  const fixed = fixedColumns(table)
  const sets = columns
    .filter(({ name }) => !fixed.includes(name))
    .map(({ name }) => `${identifier(name)} = EXCLUDED.${identifier(name)}`)
  const action = sets.length > 0 && table.blind !== 'keep' ? `DO UPDATE SET ${sets.join(', ')}` : 'DO NOTHING'
  return `${insertSql(table, columns)} ON CONFLICT (${fixed.map(identifier).join(', ')}) ${action}`
}
