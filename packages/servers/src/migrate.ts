import { createHash, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { createDatabase, withClient } from './databases.ts'

/** Prisma Migrate takes the same advisory lock: of any two migrating programs one waits. */
const MIGRATION_LOCK = 72_707_369

const LEDGER = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY NOT NULL,
  checksum varchar(64) NOT NULL,
  finished_at timestamptz,
  migration_name varchar(255) NOT NULL,
  logs text,
  rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`

type LedgerRow = { migration_name: string; checksum: string; finished_at: Date | null }

/**
 * Creates the database when it is missing and applies the migrations of the folder that it lacks, in the order of their
 * names, each in a transaction of its own, keeping Prisma's ledger. Returns the names of those applied. Throws, with
 * nothing of the failed migration left, when one fails, failed earlier, or was edited after it had been applied.
 */
export async function migrate(url: string, dir: string): Promise<string[]> {
  await createDatabase(url)
  return withClient(url, async (client) => {
    // A migration may take long, and so may waiting for another program's.
    await client.query('SET statement_timeout = 0')
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(LEDGER)
    const { rows } = await client.query<LedgerRow>(
      'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    )
    const done = new Map(rows.map((row) => [row.migration_name, row]))
    const applied: string[] = []
    for (const { name, sql, checksum } of readMigrations(dir)) {
      const row = done.get(name)
      if (row === undefined) {
        await apply(client, name, sql, checksum)
        applied.push(name)
      } else if (row.finished_at === null) {
        throw new Error(`migration ${name} failed earlier; see prisma/README.md on how to resolve it`)
      } else if (row.checksum !== checksum) {
        throw new Error(`migration ${name} was edited after it was applied; undo the edit and add a new migration`)
      }
    }
    return applied
  })
}

async function apply(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw new Error(`migration ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

function readMigrations(dir: string): { name: string; sql: string; checksum: string }[] {
  if (!existsSync(dir)) throw new Error(`there is no folder of migrations at ${dir}`)
  return readdirSync(dir)
    .sort()
    .flatMap((name) => {
      const file = join(dir, name, 'migration.sql')
      if (!existsSync(file)) return []
      const sql = readFileSync(file, 'utf8')
      return [{ name, sql, checksum: createHash('sha256').update(sql).digest('hex') }]
    })
}
