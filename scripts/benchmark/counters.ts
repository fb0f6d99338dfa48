import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { orderTopology } from '@skald/nats'
import type { NatsConnection } from 'nats'
import pg from 'pg'

/** What the servers themselves have counted since they started. */
export interface Counts {
  readonly commits: number
  /** Without BEGIN and COMMIT. Undefined where PostgreSQL was started without pg_stat_statements. */
  readonly statements: number | undefined
  readonly walBytes: number
  /** Stored by JetStream. */
  readonly messages: number
  /** Of the row of a saga, and those of them that left its indexes alone. */
  readonly sagaUpdates: number
  readonly sagaHotUpdates: number
  /** Rows read by sequential scans, by table, of those that grow with every order. */
  readonly sequentialReads: ReadonlyMap<string, number>
}

/** These stay small however many orders there were; reading them whole may be right. Every other table grows. */
const BOUNDED = [
  'product',
  'stock',
  'product_copy',
  'adjustment',
  'task',
  'stream_mark',
  'dead_letter',
  'reported_dead_letter',
]

const TABLES = `
  SELECT current_database() || '.' || relname AS table, seq_tup_read AS read, n_tup_upd AS updates, n_tup_hot_upd AS hot
  FROM pg_stat_user_tables WHERE relname <> ALL ($1)`
const SERVER = `
  SELECT pg_current_wal_insert_lsn() - '0/0' AS wal,
    (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = ANY ($1)) AS commits`
const STATEMENTS = `,
    (SELECT coalesce(sum(calls), 0) FROM pg_stat_statements(false) JOIN pg_database ON oid = dbid
     WHERE datname = ANY ($1)) AS statements`

interface ServerRow {
  readonly wal: string
  readonly commits: string
  readonly statements?: string
}

interface TableRow {
  readonly table: string
  readonly read: string
  readonly updates: string
  readonly hot: string
}

export interface CounterSources {
  /** The administrator's, of the server that has all four databases. */
  readonly postgresUrl: string
  readonly databaseUrls: readonly string[]
  readonly nats: NatsConnection
}

/** Reads the counters of PostgreSQL and JetStream. A backend adds what it counted to them about once a second. */
export class Counters {
  readonly #server: pg.Client
  readonly #databases: readonly pg.Client[]
  readonly #streams: JetStreamManager
  readonly #knowsStatements: boolean

  private constructor(server: pg.Client, databases: readonly pg.Client[], streams: JetStreamManager, known: boolean) {
    this.#server = server
    this.#databases = databases
    this.#streams = streams
    this.#knowsStatements = known
  }

  static async open({ postgresUrl, databaseUrls, nats }: CounterSources): Promise<Counters> {
    const [server, streams, ...databases] = await Promise.all([
      open(postgresUrl),
      jetstreamManager(nats),
      ...databaseUrls.map(open),
    ])
    const { rows } = await server.query<{ loaded: boolean }>(
      `SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS loaded`,
    )
    const isLoaded = rows[0]?.loaded === true
    if (isLoaded) await server.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements')
    return new Counters(server, databases, streams, isLoaded)
  }

  async read(): Promise<Counts> {
    const names = this.#databases.map(({ database }) => database)
    const sql = this.#knowsStatements ? SERVER + STATEMENTS : SERVER
    const [messages, server, tables] = await Promise.all([
      this.messages(),
      this.#server.query<ServerRow>(sql, [names]),
      Promise.all(this.#databases.map((client) => client.query<TableRow>(TABLES, [BOUNDED]))),
    ])
    const counted = server.rows[0]
    const rows = tables.flatMap((table) => table.rows)
    const saga = rows.find(({ table }) => table.endsWith('.saga'))
    return {
      commits: Number(counted?.commits),
      statements: counted?.statements === undefined ? undefined : Number(counted.statements),
      walBytes: Number(counted?.wal),
      messages,
      sagaUpdates: Number(saga?.updates ?? 0),
      sagaHotUpdates: Number(saga?.hot ?? 0),
      sequentialReads: new Map(rows.map(({ table, read }) => [table, Number(read)])),
    }
  }

  /** Stored by JetStream so far. */
  async messages(): Promise<number> {
    const infos = await Promise.all(orderTopology().streams.map(({ name }) => this.#streams.streams.info(name)))
    return infos.reduce((sum, { state }) => sum + state.last_seq, 0)
  }

  async close(): Promise<void> {
    await Promise.all([this.#server, ...this.#databases].map((client) => client.end().catch(() => undefined)))
  }
}

const open = async (connectionString: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString, application_name: 'bench' })
  // A lost connection fails the next reading, not the process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export const countsBetween = (before: Counts, after: Counts): Counts => {
  const read = [...after.sequentialReads].map(
    ([table, rows]) => [table, rows - (before.sequentialReads.get(table) ?? 0)] as const,
  )
  return {
    commits: after.commits - before.commits,
    statements: after.statements === undefined ? undefined : after.statements - (before.statements ?? 0),
    walBytes: after.walBytes - before.walBytes,
    messages: after.messages - before.messages,
    sagaUpdates: after.sagaUpdates - before.sagaUpdates,
    sagaHotUpdates: after.sagaHotUpdates - before.sagaHotUpdates,
    sequentialReads: new Map(read.filter(([, rows]) => rows > 0)),
  }
}
