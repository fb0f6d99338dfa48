import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { provided } from './provided.ts'
import { type ServiceName, templateOf } from './services.ts'

export interface TestDatabase {
  /** As the administrator of the run's PostgreSQL. */
  readonly url: string
  /** Any SQL, for preparing and looking; rows as the driver gives them. */
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** Drops the database, whoever is still connected to it. */
  close(): Promise<void>
}

/** An empty, migrated database that nobody else uses: one a test file, from the service's template. */
export const createTestDatabase = async (service: ServiceName): Promise<TestDatabase> => {
  const server = provided('skaldPostgres')
  const name = `test_${service}_${randomUUID().replaceAll('-', '')}`
  const url = withDatabase(server, name)
  await asAdministrator(server, `CREATE DATABASE ${name} TEMPLATE ${templateOf(service)} STRATEGY file_copy`)
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    url,
    query: async (text, values = []) => (await pool.query<Record<string, unknown>>(text, [...values])).rows,
    close: async () => {
      await pool.end()
      await asAdministrator(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    },
  }
}

const withDatabase = (server: string, name: string): string => {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

const asAdministrator = async (server: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: withDatabase(server, 'postgres') })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
