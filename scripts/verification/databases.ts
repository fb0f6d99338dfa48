import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

/** Read-only connections to all databases. */
export interface Databases {
  /** Only where trip-service has run. */
  readonly trip?: pg.Client | undefined
  readonly order: pg.Client
  readonly payment: pg.Client
  readonly inventory: pg.Client
  readonly saga: pg.Client
  close(): Promise<void>
}

const SOURCES = {
  order: ['ORDER_DATABASE_URL', 'order_db'],
  payment: ['PAYMENT_DATABASE_URL', 'payment_db'],
  inventory: ['INVENTORY_DATABASE_URL', 'inventory_db'],
  saga: ['SAGA_DATABASE_URL', 'saga_db'],
  trip: ['TRIP_DATABASE_URL', 'trip_db'],
} as const

type Env = Readonly<Record<string, string | undefined>>

/** The servers that ./scripts/dev started write their addresses for administrators into its home. */
const embeddedServer = (env: Env, name: 'postgresUrl' | 'natsUrl'): string | undefined => {
  const file = join(env['SKALD_HOME'] ?? '.skald', 'run', 'access.json')
  try {
    const access: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const url: unknown = typeof access === 'object' && access !== null ? Reflect.get(access, name) : undefined
    return typeof url === 'string' ? url : undefined
  } catch {
    return undefined
  }
}

/** Of the broker, as its administrator where that is known. */
export const natsUrlOf = (env: Env): string | undefined =>
  env['NATS_ADMIN_URL'] ?? env['NATS_URL'] ?? embeddedServer(env, 'natsUrl')

/** Undefined for the database of an example, of which nothing is known. */
type Urls = Readonly<Record<Exclude<keyof typeof SOURCES, 'trip'>, string>> & { readonly trip: string | undefined }

/** @throws when no address is known, saying how to give one. */
export const urlsOf = (env: Env): Urls => {
  const server = env['DATABASE_URL'] ?? embeddedServer(env, 'postgresUrl')
  const urlOf = ([variable, database]: readonly [string, string]): string => {
    const own = env[variable]
    if (own !== undefined) return own
    if (server === undefined) {
      throw new Error(`no database to verify: start ./scripts/dev, or set DATABASE_URL or ${variable}`)
    }
    const url = URL.parse(server)
    if (!url)
      throw new Error('DATABASE_URL is no URL; give one like postgresql://user:password@127.0.0.1:5432/postgres')
    url.pathname = `/${database}`
    return url.href
  }
  return {
    order: urlOf(SOURCES.order),
    payment: urlOf(SOURCES.payment),
    inventory: urlOf(SOURCES.inventory),
    saga: urlOf(SOURCES.saga),
    trip: server === undefined && env[SOURCES.trip[0]] === undefined ? undefined : urlOf(SOURCES.trip),
  }
}

/** @throws when one of them cannot be read, saying which, where and what to do; none stays open then. */
export const openDatabases = async (env: Env): Promise<Databases> => {
  const urls = urlsOf(env)
  const clients: pg.Client[] = []
  const open = async (name: keyof typeof SOURCES): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: urls[name],
      application_name: 'verify',
      options: '-c default_transaction_read_only=on',
    })
    // An outage while we look ends this look, not the process.
    client.on('error', () => undefined)
    clients.push(client)
    await client.connect().catch((cause: unknown) => {
      throw new Error(unreadable(name, client, cause), { cause })
    })
    return client
  }
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)))
  }
  try {
    const [order, payment, inventory, saga, trip] = await Promise.all([
      open('order'),
      open('payment'),
      open('inventory'),
      open('saga'),
      urls.trip && open('trip').catch(undefinedWhereNone),
    ])
    return { order, payment, inventory, saga, trip: trip || undefined, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** 3D000: there is no such database. */
const undefinedWhereNone = (error: unknown): undefined => {
  const { cause } = error as { readonly cause?: { readonly code?: string } }
  if (cause?.code !== '3D000') throw error
}

/** Names the place without the URL, which holds a password. */
const unreadable = (name: keyof typeof SOURCES, { host, port, database }: pg.Client, cause: unknown): string => {
  const why = cause instanceof Error ? cause.message : String(cause)
  const [variable] = SOURCES[name]
  return `database ${database} at ${host}:${port} cannot be read (${why}): start ./scripts/dev, or mend DATABASE_URL or ${variable}`
}
