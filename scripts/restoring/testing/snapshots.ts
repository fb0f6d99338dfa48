import pg from 'pg'

/** A database as it was at one moment, on the same server. */
export interface Snapshot {
  /** Puts it in the place of the database, which must have no user any more. */
  restore(): Promise<void>
  drop(): Promise<void>
}

const nameIn = (url: string): string => new URL(url).pathname.slice(1)

const onServer = async <T>(url: string, database: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const server = new URL(url)
  server.pathname = `/${database}`
  const client = new pg.Client({ connectionString: server.href })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

let taken = 0

/** Copies a database while its service runs: that loses its connections for a moment, as in a failover. */
export const takeSnapshot = async (url: string): Promise<Snapshot> => {
  const name = nameIn(url)
  taken += 1
  const copy = `${name}_${taken}`
  await onServer(url, 'postgres', async (server) => {
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
    await server.query(`CREATE DATABASE ${copy} TEMPLATE ${name}`)
    await server.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  })
  const drop = (database: string) =>
    onServer(url, 'postgres', (server) => server.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`))
  return {
    async restore() {
      await drop(name)
      await onServer(url, 'postgres', (server) => server.query(`ALTER DATABASE ${copy} RENAME TO ${name}`))
    },
    drop: async () => void (await drop(copy)),
  }
}

const BOOKS = ['gateway.charge', 'gateway.refund']

/** The gateway is another party: what it did stays done, whatever is restored. Gives what puts its books back. */
export const keepBooks = async (url: string): Promise<() => Promise<void>> => {
  const kept = await onServer(url, nameIn(url), (payment) =>
    Promise.all(
      BOOKS.map(
        async (table) =>
          (await payment.query(`SELECT coalesce(json_agg(t), '[]')::text AS rows FROM ${table} t`)).rows[0],
      ),
    ),
  )
  return () =>
    onServer(url, nameIn(url), async (payment) => {
      for (const [index, table] of BOOKS.entries()) {
        await payment.query(`TRUNCATE ${table}`)
        const rows: unknown = Reflect.get(Object(kept[index]), 'rows')
        await payment.query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [rows])
      }
    })
}
