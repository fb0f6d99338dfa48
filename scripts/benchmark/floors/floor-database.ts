import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { repository } from '../../environment/repository.ts'
import { connect } from './connections.ts'
import { LINES, newOrder, SKUS } from './order.ts'

const DATABASE = 'bench_floor'
const SERVICES = ['order', 'inventory', 'payment'] as const

/** Orders that ended before: statements planned on empty tables would read whole tables for the rest of the run. */
export const HISTORY = 50_000
/** Of each product at first, so that it never runs out. */
export const STOCK = 100_000_000

/** A floor on a server that may lose a commit would be no floor of one that does not. */
const DURABLE: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  commit_delay: '0',
}

/** @throws when the server would not keep a commit, or delays it, naming the setting. */
export const requireDurability = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY($1)',
    [Object.keys(DURABLE)],
  )
  const faults = rows
    .filter(({ name, setting }) => setting !== DURABLE[name])
    .map(({ name, setting }) => `${name} is ${setting}, set it to ${DURABLE[name]}`)
  if (faults.length > 0) throw new Error(`PostgreSQL is not as durable as a floor must be: ${faults.join('; ')}`)
}

/**
 * Gives work a database of its own with the services' own tables, filled and analysed, and drops it afterwards. One that
 * a killed run left is dropped before.
 */
export const withFloorDatabase = async <T>(
  postgresUrl: string,
  work: (url: string, client: pg.Client) => Promise<T>,
): Promise<T> => {
  const url = withDatabase(postgresUrl, DATABASE)
  return connected(withDatabase(postgresUrl, 'postgres'), async (administrator) => {
    await requireDurability(administrator)
    const drop = () => administrator.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`)
    await drop()
    try {
      await administrator.query(`CREATE DATABASE ${DATABASE}`)
      return await filled(url, work)
    } finally {
      await drop()
    }
  })
}

const filled = async <T>(url: string, work: (url: string, client: pg.Client) => Promise<T>): Promise<T> => {
  // Two sessions: the server has counted all that the first one did when it has ended, and not while the other works.
  await connected(url, async (client) => {
    await makeTables(client)
    await fill(client)
  })
  return connected(url, (client) => work(url, client))
}

const connected = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = await connect(url)
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

const withDatabase = (server: string, database: string): string => {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** The migrations themselves, so that the tables have the services' indexes and storage, today and after the next one. */
const makeTables = async (client: pg.Client): Promise<void> => {
  for (const service of SERVICES) {
    await client.query(`CREATE SCHEMA ${service}_service; SET search_path = ${service}_service`)
    const folder = join(repository, 'prisma', service, 'migrations')
    const migrations = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    for (const name of migrations.map((entry) => entry.name).sort()) {
      await client.query(readFileSync(join(folder, name, 'migration.sql'), 'utf8'))
    }
  }
  await client.query('RESET search_path')
}

/** Confirmed orders over all products in turn, with all that they leave. Their ids sort before those of new orders. */
const fill = async (client: pg.Client): Promise<void> => {
  const { pricedLines, lines, total, currency } = newOrder(0, false)
  const past = `FROM generate_series(1, ${HISTORY}) AS past(number)`
  const orderId = `'00000000-0000-7000-8000-' || lpad(number::text, 12, '0')`
  const sold = (HISTORY * LINES) / SKUS.length
  await client.query(`INSERT INTO stock SELECT sku, ${STOCK - sold}, 0 FROM unnest($1::text[]) AS sku`, [SKUS])
  await client.query(
    `INSERT INTO orders
     SELECT ${orderId}, ${orderId}, 'history', $1, $2, $3, NULL, 'CONFIRMED', NULL, NULL, now(), now() ${past}`,
    [pricedLines, total, currency],
  )
  await client.query(`INSERT INTO reservation SELECT ${orderId}, 'COMMITTED', $1, '[]', now() ${past}`, [lines])
  await client.query(
    `INSERT INTO payment
     SELECT ${orderId}, 'CONFIRMED', $1, $2, NULL, false, NULL, '[]', '[]', now(), now() ${past}`,
    [total, currency],
  )
  await client.query(
    `INSERT INTO gateway.charge
     SELECT ${orderId} || '/charge/0', ${orderId}, $1, $2, NULL, 'succeeded', NULL, now(), now(), 0, NULL, NULL, 0, 0 ${past}`,
    [total, currency],
  )
  await client.query('VACUUM (ANALYZE)')
  // What was filled is written out now, not in the middle of what is measured.
  await client.query('CHECKPOINT')
}
