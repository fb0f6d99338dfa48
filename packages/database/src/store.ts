import type { Change, Loaded, Read, Store, TableShape } from '@skald/messaging'
import { claimTasks } from './claim.ts'
import { arrayOf, type Column, decodeRow, encodeColumn, encodeKeys, fieldOf } from './columns.ts'
import type { Database } from './database.ts'
import { DatabaseClock } from './database-clock.ts'
import { isLostRace, toStoreError } from './errors.ts'
import { type Parameter, type Step, step } from './flight.ts'
import { checksOf, type DecidedOn, keyOf, type Remembered, RememberedRows, recall } from './remembered-rows.ts'
import { type Statement, statementsOf } from './statements.ts'
import type { TextArrays } from './text-arrays.ts'
import type { TransactionConnection } from './transaction-connection.ts'

const CLOCK: Statement = { name: 'clock', text: `SELECT date_part('epoch', now())` }

/**
 * The Store port on PostgreSQL: two round trips a transaction, one when nothing must be read, and one statement a table
 * and round trip, whatever the number of rows. READ COMMITTED: each statement sees what was committed before it started,
 * so that an unlocked read, which comes after all locks, sees the rows of whoever held those locks. Remembered rows are
 * locked at the end, by the statement that writes or checks them; it fails when they are not what was decided on.
 */
export const createPostgresStore = (database: Database): Store => {
  const knowledge = { memory: new RememberedRows(), clock: new DatabaseClock() }
  return {
    transact: (reads, decide) => {
      const connection = database.idlest()
      return connection.exclusive(() => transact(connection, knowledge, reads, decide)).catch(rethrow)
    },
    claim: async (table, kinds, limit, leaseMs) => {
      const claimed = await claimTasks(database.pool, table, kinds, limit, leaseMs).catch(rethrow)
      knowledge.memory.forget(
        table,
        claimed.map(({ id }) => id),
      )
      return claimed
    },
    nowMs: async () => knowledge.clock.nowMs() ?? askTime(database, knowledge.clock).catch(rethrow),
  }
}

const askTime = async ({ pool }: Database, clock: DatabaseClock): Promise<number> => {
  const askedAtMs = performance.now()
  const { rows } = await pool.query<[number]>({ ...CLOCK, rowMode: 'array' })
  const nowMs = Math.round(Number(rows[0]?.[0]) * 1000)
  clock.read(nowMs, askedAtMs, performance.now())
  return nowMs
}

/** What need not be asked. */
interface Knowledge {
  readonly memory: RememberedRows
  readonly clock: DatabaseClock
}

/** What `decide` threw goes out as it is: it is the program's error, not the store's. */
class DecisionFailed extends Error {}

const rethrow = (error: unknown): never => {
  throw error instanceof DecisionFailed ? error.cause : toStoreError(error)
}

interface Decision<T> {
  readonly changes: readonly Change[]
  readonly result: T
}
type Decide<T> = (loaded: Loaded) => Decision<T>

const transact = async <T>(
  connection: TransactionConnection,
  { memory, clock }: Knowledge,
  reads: readonly Read[],
  decide: Decide<T>,
): Promise<T> => {
  const { recalled, missing } = recall(memory, reads)
  connection.arrays.reset()
  try {
    const unread = decideUnread(recalled, missing, clock.nowMs(), decide)
    const decided = unread ?? (await readAndDecide(connection, clock, recalled, missing, decide))
    const { changes, result } = decided
    const steps = stepsOf(decided, reads, recalled, connection.arrays)
    if (!unread) await connection.commit(steps)
    else if (steps.length > 0) await connection.commitAlone(steps)
    memory.keep(changes, writerOf(steps))
    memory.keepSeen(missing, decided.seen)
    return result
  } catch (error) {
    if (isLostRace(error)) memory.pause(recalled.keys())
    await connection.rollBack()
    throw error
  }
}

/** A row that was decided on, remembered or read. */
type Find = (table: TableShape, key: string) => Remembered | undefined
type Decided<T> = Decision<T> & {
  readonly find: Find
  /** Rows that were read. */
  readonly seen: DecidedOn
  /** Rows that were taken for not there, and that no insert shows to be so. */
  readonly absent: readonly Read[]
}

/**
 * Decides without asking the database, where all rows are remembered or probably not there. What was taken for not there
 * is inserted, which fails if it is, or looked for after all that is written. Undefined when the database must be asked.
 */
const decideUnread = <T>(
  recalled: DecidedOn,
  missing: readonly Read[],
  nowMs: number | undefined,
  decide: Decide<T>,
): Decided<T> | undefined => {
  if (nowMs === undefined || !missing.every(({ keys, fresh }) => keys.every((key) => fresh?.has(key)))) return undefined
  const find: Find = (table, key) => recalled.get(table)?.get(key)
  const decision = decideOn(nowMs, find, decide)
  // What writes nothing may well be a refusal that what is there would not have met: it is worth a look.
  if (decision.changes.length === 0 && missing.some(({ keys }) => keys.length > 0)) return undefined
  return { ...decision, find, seen: new Map(), absent: missing.map((read) => notInserted(read, decision.changes)) }
}

const notInserted = ({ table, keys, lock }: Read, changes: readonly Change[]): Read => {
  const inserted = new Set<string>()
  for (const change of changes) {
    if (change.table === table) for (const row of change.inserts) inserted.add(keyOf(table, row))
  }
  return { table, keys: keys.filter((key) => !inserted.has(key)), lock }
}

const readAndDecide = async <T>(
  connection: TransactionConnection,
  clock: DatabaseClock,
  recalled: DecidedOn,
  missing: readonly Read[],
  decide: Decide<T>,
): Promise<Decided<T>> => {
  const time = step(CLOCK)
  const loads = loadsOf(missing, connection.arrays)
  const askedAtMs = performance.now()
  await connection.begin([time, ...loads.map(({ load }) => load)])
  const nowMs = Math.round(Number(time.rows[0]?.[0]) * 1000)
  clock.read(nowMs, askedAtMs, performance.now())
  const rows = rowsFrom(loads)
  const find: Find = (table, key) => recalled.get(table)?.get(key) ?? rows.get(table)?.get(key)
  return { ...decideOn(nowMs, find, decide), find, seen: rows, absent: [] }
}

const decideOn = <T>(nowMs: number, find: Find, decide: Decide<T>): Decision<T> => {
  try {
    return decide({ nowMs, get: (table, key) => find(table, key)?.row })
  } catch (error) {
    throw new DecisionFailed('decide threw', { cause: error })
  }
}

/** What is to be sent before the commit. */
const stepsOf = (
  { find, absent, changes }: Decided<unknown>,
  reads: readonly Read[],
  recalled: DecidedOn,
  arrays: TextArrays,
): Step[] => {
  const writes = changes.flatMap((change) => writesOf(change, (key) => find(change.table, key), arrays))
  const { first, last } = checksOf(reads, recalled, changes, arrays)
  // Last, as reads without a lock are: so they see the rows of whoever held what was written.
  const looks = absent.flatMap((read) => keyedSteps(statementsOf(read.table).absent, read, arrays))
  return [...first, ...writes, ...last, ...looks]
}

/** The transaction's number, which `xmin` of the rows it wrote says. Empty when it wrote none that is remembered. */
const writerOf = (steps: readonly Step[]): string =>
  steps.find(({ statement }) => statement.tellsWriter)?.rows[0]?.at(-1) ?? ''

interface TableLoad {
  readonly table: TableShape
  readonly load: Step
}

/** Locks first, in the order given; then what is only read. */
const loadsOf = (reads: readonly Read[], arrays: TextArrays): TableLoad[] => {
  const loads: TableLoad[] = []
  for (const wanted of [true, false]) {
    for (const read of reads) {
      const { table, lock } = read
      if (lock !== wanted) continue
      const statements = statementsOf(table)
      for (const load of keyedSteps(lock ? statements.lock : statements.read, read, arrays)) loads.push({ table, load })
    }
  }
  return loads
}

/** A statement about the rows of a read: one step, or one a partition; none without keys. */
const keyedSteps = (statement: Statement, { table, keys }: Read, arrays: TextArrays): Step[] => {
  if (keys.length === 0) return []
  return keyParameters(table, keys, statementsOf(table).key, arrays).map((values) => step(statement, values))
}

/**
 * Parameters that name rows by key: one set, or one a partition. The partition is a parameter of its own, so that a
 * plan made once still finds the one partition to look into.
 */
const keyParameters = (table: TableShape, keys: readonly string[], key: Column, arrays: TextArrays): Parameter[][] => {
  const { partition } = table
  if (!partition) return [[encodeKeys(keys, key, arrays)]]
  const byPartition = new Map<number, string[]>()
  for (const key of keys) {
    const bucket = partition.of(key)
    const together = byPartition.get(bucket)
    if (together) together.push(key)
    else byPartition.set(bucket, [key])
  }
  return [...byPartition]
    .sort(([a], [b]) => a - b)
    .map(([bucket, together]) => [String(bucket), encodeKeys(together, key, arrays)])
}

/** Rows as they were read; `writtenBy` is empty in tables that are not remembered. */
const rowsFrom = (loads: readonly TableLoad[]): DecidedOn => {
  const tables = new Map<TableShape, Map<string, Remembered>>()
  for (const { table, load } of loads) {
    const { columns, key } = statementsOf(table)
    const keyAt = columns.indexOf(key)
    let rows = tables.get(table)
    if (!rows) {
      rows = new Map()
      tables.set(table, rows)
    }
    for (const fields of load.rows) {
      const writtenBy = fields[columns.length] ?? ''
      rows.set(fields[keyAt] as string, { row: decodeRow(fields, columns), writtenBy })
    }
  }
  return tables
}

const writesOf = (
  { table, inserts, updates, upserts, deletes }: Change,
  // Of rows to be updated; decisions update only what they read.
  before: (key: string) => Remembered | undefined,
  arrays: TextArrays,
): Step[] => {
  const { columns, key, ...statements } = statementsOf(table)
  const writes: Step[] = []
  // Deletes first: a key that is deleted and inserted in one batch is a new row.
  if (deletes.length > 0) {
    for (const values of keyParameters(table, deletes, key, arrays)) writes.push(step(statements.delete, values))
  }
  if (updates.length > 0) {
    const decidedOn = updates.map((row) => before(keyOf(table, row)))
    const update = statements.update(changedColumns(columns, updates, decidedOn))
    const writers = table.remember ? [arrayOf(decidedOn.map((row) => row?.writtenBy ?? ''))] : []
    writes.push(step(update, [...encodeRows(updates, update.columns, arrays), ...writers]))
  }
  if (inserts.length > 0) writes.push(step(statements.insert, encodeRows(inserts, columns, arrays)))
  if (upserts.length > 0) writes.push(step(statements.upsert, encodeRows(upserts, columns, arrays)))
  return writes
}

const encodeRows = (rows: readonly object[], columns: readonly Column[], arrays: TextArrays): Parameter[] =>
  columns.map((column) => encodeColumn(rows, column, arrays))

/**
 * Columns in which a row is another one than it was. The rest need not travel: it is in the database as it was decided on.
 * Values are compared by identity, as rows are replaced and never changed in place.
 */
const changedColumns = (
  columns: readonly Column[],
  rows: readonly object[],
  before: readonly (Remembered | undefined)[],
): ReadonlySet<Column> => {
  const changed = new Set<Column>()
  rows.forEach((now, at) => {
    const was = before[at]?.row ?? {}
    for (const column of columns) if (fieldOf(now, column) !== fieldOf(was, column)) changed.add(column)
  })
  return changed
}
