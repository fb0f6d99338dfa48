import { jetstreamManager } from '@nats-io/jetstream'
import type { System } from '@skald/e2e'
import { orderTopology } from '@skald/nats'
import { withClient } from '@skald/servers'
import { urlsOf } from '../verification/databases.ts'

/** How much is kept, in bytes and rows. */
export interface Sizes {
  /** Of each table that holds what is under way, which must not grow with time, by database and table. */
  readonly hotTables: Readonly<Record<string, number>>
  readonly archiveBytes: number
  /** Ended sagas, in the archive. */
  readonly archived: number
  /** Of tables that keep a row of every order for ever, and the inboxes, which drop a day at a time. */
  readonly keptBytes: number
  readonly streamBytes: number
}

/** One row of each order, charge, refund and reservation is the last guard against doing it twice; inboxes go by the day. */
const KEPT = ['orders', 'order_cancelled', 'idempotency', 'payment', 'charge', 'refund', 'reservation', 'inbox']
/** What ended, and the names of all sagas: those of one stay as long as its archive, and go with its month. */
const ARCHIVE = ['saga_archive', 'saga_subject']

/** Each table with its indexes and its partitions, under the name of the whole. */
const TABLES = `
  SELECT coalesce(pg_partition_root(oid), oid)::regclass::text AS table, sum(pg_total_relation_size(oid))::float8 AS bytes
  FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY 1`

interface TableRow {
  readonly table: string
  readonly bytes: number
}

interface Table extends TableRow {
  readonly database: string
}

/** What the servers of a system say now. @throws when one of them is away. */
export const sizesOf = async (system: System): Promise<Sizes> => {
  const urls = urlsOf({ SKALD_HOME: system.home })
  const databases = { order: urls.order, payment: urls.payment, inventory: urls.inventory, saga: urls.saga }
  const tables = (await Promise.all(Object.entries(databases).map(tablesOf))).flat()
  const sum = (names: readonly string[]): number =>
    tables.filter(({ table }) => names.includes(table)).reduce((total, { bytes }) => total + bytes, 0)
  const hot = tables.filter(({ table }) => !ARCHIVE.includes(table) && !KEPT.includes(table))
  return {
    hotTables: Object.fromEntries(hot.map(({ database, table, bytes }) => [`${database}.${table}`, bytes])),
    archiveBytes: sum(ARCHIVE),
    archived: await archivedOf(urls.saga),
    keptBytes: sum(KEPT),
    streamBytes: await streamBytesOf(system),
  }
}

const tablesOf = ([database, url]: readonly [string, string]): Promise<readonly Table[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<TableRow>(TABLES)
    return rows.map((row) => ({ database, ...row }))
  })

const archivedOf = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::float8 AS count FROM saga_archive`)
    return rows[0]?.count ?? 0
  })

const streamBytesOf = async (system: System): Promise<number> => {
  const broker = await system.broker()
  try {
    const manager = await jetstreamManager(broker)
    const infos = await Promise.all(orderTopology().streams.map(({ name }) => manager.streams.info(name)))
    return infos.reduce((sum, { state }) => sum + state.bytes, 0)
  } finally {
    await broker.close()
  }
}
