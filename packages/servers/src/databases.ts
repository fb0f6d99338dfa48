import pg from 'pg'

/** Creates the database that the URL names, unless it is there. */
export async function createDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  if (name === '') throw new Error('the database URL names no database; add /<name> at its end')
  const server = new URL(url)
  server.pathname = '/postgres'
  await withClient(server.href, (client) => createUnlessThere(client, name, ''))
}

export type OwnedDatabase = { readonly database: string; readonly owner: string; readonly password: string }

/**
 * Creates the role and its database, unless they are there, and sets the role's password. No other role but the
 * administrator may connect to the database.
 */
export async function createOwnedDatabase(
  adminUrl: string,
  { database, owner, password }: OwnedDatabase,
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    const role = client.escapeIdentifier(owner)
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [owner])
    if (rowCount === 0) await client.query(`CREATE ROLE ${role}`)
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`)
    await createUnlessThere(client, database, `OWNER ${role}`)
    await checkOwner(client, database, owner)
    await client.query(`REVOKE CONNECT ON DATABASE ${client.escapeIdentifier(database)} FROM PUBLIC`)
  })
}

async function checkOwner(client: pg.Client, database: string, owner: string): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(
    'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
    [database],
  )
  const actual = rows[0]?.owner
  if (actual === owner) return
  throw new Error(`the database ${database} belongs to ${actual}, not to ${owner}; drop it, or give it to ${owner}`)
}

async function createUnlessThere(client: pg.Client, name: string, options: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (rowCount !== 0) return
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} ${options}`)
  } catch (error) {
    // Somebody else created it since: 42P04 duplicate_database, 23505 when both did at the very same time.
    if (!(error instanceof pg.DatabaseError) || (error.code !== '42P04' && error.code !== '23505')) throw error
  }
}

export async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  // A connection that breaks between two queries fails the next one; without a listener it would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
