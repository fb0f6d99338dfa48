import type { Change, Loaded, Read, Store, TableShape } from '@skald/messaging'
import { claimTasks } from './claim.ts'
import { type Column, decodeRow, encodeColumn, encodeKeys } from './columns.ts'
import type { Database } from './database.ts'
import { toStoreError } from './errors.ts'
import { type Step, step } from './flight.ts'
import { type Statement, statementsOf } from './statements.ts'
import type { TransactionConnection } from './transaction-connection.ts'

const CLOCK: Statement = { name: 'clock', text: `SELECT date_part('epoch', now())` }

/**
 * The Store port on PostgreSQL: two round trips a transaction, one statement a table and round trip, whatever the
 * number of rows. READ COMMITTED: each statement sees what was committed before it started, so that an unlocked read,
 * which comes after all locks, sees the rows of whoever held those locks.
 */
export const createPostgresStore = (database: Database): Store => ({
  transact: (reads, decide) => {
    const connection = database.idlest()
    return connection.exclusive(() => transact(connection, reads, decide)).catch(rethrow)
  },
  claim: (table, kinds, limit, leaseMs) => claimTasks(database.pool, table, kinds, limit, leaseMs).catch(rethrow),
})

/** What `decide` threw goes out as it is: it is the program's error, not the store's. */
class DecisionFailed extends Error {}

const rethrow = (error: unknown): never => {
  throw error instanceof DecisionFailed ? error.cause : toStoreError(error)
}

type Decide<T> = (loaded: Loaded) => { readonly changes: readonly Change[]; readonly result: T }

const transact = async <T>(
  connection: TransactionConnection,
  reads: readonly Read[],
  decide: Decide<T>,
): Promise<T> => {
  const clock = step(CLOCK)
  const loads = loadsOf(reads)
  try {
    await connection.begin([clock, ...loads.map(({ load }) => load)])
    const { changes, result } = decideOn(clock, loads, decide)
    await connection.commit(changes.flatMap(writesOf))
    return result
  } catch (error) {
    await connection.rollBack()
    throw error
  }
}

const decideOn = <T>(clock: Step, loads: readonly TableLoad[], decide: Decide<T>) => {
  const loaded = loadedFrom(clock, loads)
  try {
    return decide(loaded)
  } catch (error) {
    throw new DecisionFailed('decide threw', { cause: error })
  }
}

interface TableLoad {
  readonly table: TableShape
  readonly load: Step
}

/** Locks first, in the order given; then what is only read. */
const loadsOf = (reads: readonly Read[]): TableLoad[] => {
  const loads: TableLoad[] = []
  for (const wanted of [true, false]) {
    for (const { table, keys, lock } of reads) {
      if (lock !== wanted || keys.length === 0) continue
      const statements = statementsOf(table)
      const statement = lock ? statements.lock : statements.read
      for (const values of keyParameters(table, keys, statements.key))
        loads.push({ table, load: step(statement, values) })
    }
  }
  return loads
}

/**
 * Parameters that name rows by key: one set, or one a partition. The partition is a parameter of its own, so that a
 * plan made once still finds the one partition to look into.
 */
const keyParameters = (table: TableShape, keys: readonly string[], key: Column): string[][] => {
  const { partition } = table
  if (!partition) return [[encodeKeys(keys, key)]]
  const byPartition = new Map<number, string[]>()
  for (const key of keys) {
    const bucket = partition.of(key)
    const together = byPartition.get(bucket)
    if (together) together.push(key)
    else byPartition.set(bucket, [key])
  }
  return [...byPartition]
    .sort(([a], [b]) => a - b)
    .map(([bucket, together]) => [String(bucket), encodeKeys(together, key)])
}

const loadedFrom = (clock: Step, loads: readonly TableLoad[]): Loaded => {
  const tables = new Map<TableShape, Map<string, object>>()
  for (const { table, load } of loads) {
    const { columns, key } = statementsOf(table)
    const keyAt = columns.indexOf(key)
    let rows = tables.get(table)
    if (!rows) {
      rows = new Map()
      tables.set(table, rows)
    }
    for (const fields of load.rows) rows.set(fields[keyAt] as string, decodeRow(fields, columns))
  }
  return {
    nowMs: Math.round(Number(clock.rows[0]?.[0]) * 1000),
    get: (table, key) => tables.get(table)?.get(key),
  }
}

const writesOf = ({ table, inserts, updates, upserts, deletes }: Change): Step[] => {
  const { columns, key, ...statements } = statementsOf(table)
  const writes: Step[] = []
  const write = (statement: Statement, rows: readonly object[]): void => {
    if (rows.length > 0)
      writes.push(
        step(
          statement,
          columns.map((column) => encodeColumn(rows, column)),
        ),
      )
  }
  // Deletes first: a key that is deleted and inserted in one batch is a new row.
  if (deletes.length > 0) {
    for (const values of keyParameters(table, deletes, key)) writes.push(step(statements.delete, values))
  }
  write(statements.update, updates)
  write(statements.insert, inserts)
  write(statements.upsert, upserts)
  return writes
}
