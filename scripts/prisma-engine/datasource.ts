import pg from 'pg'

/** A database URL, split into what node-postgres understands and what only Prisma does. */
export type Datasource = {
  readonly url: string
  readonly database: string
  readonly schema: string | undefined
  readonly shadowUrl: string | undefined
}

const PRISMA_ONLY = ['schema', 'connection_limit', 'pool_timeout', 'pgbouncer', 'connect_timeout']
/** For commands that need no database: an address where none can be. */
const NO_DATABASE: Datasource = {
  url: 'postgresql://127.0.0.1:1/none',
  database: 'none',
  schema: undefined,
  shadowUrl: undefined,
}

/** Reads the value of the CLI's --datasource argument. */
export function readDatasource(json: string | undefined): Datasource {
  const { url, shadowDatabaseUrl } = JSON.parse(json ?? '{}') as { url?: string; shadowDatabaseUrl?: string }
  if (!url) return NO_DATABASE
  const plain = new URL(url)
  const schema = plain.searchParams.get('schema') ?? undefined
  for (const name of PRISMA_ONLY) plain.searchParams.delete(name)
  const database = decodeURIComponent(plain.pathname.slice(1)) || 'postgres'
  return { url: plain.href, database, schema, shadowUrl: shadowDatabaseUrl || undefined }
}

export function withDatabase(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}

export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Runs one statement about databases, which cannot be run from within the database it is about. */
export function onServer(url: string, sql: (quote: (name: string) => string) => string): Promise<unknown> {
  return withClient(withDatabase(url, 'postgres'), (client) =>
    client.query(sql((name) => client.escapeIdentifier(name))),
  )
}
