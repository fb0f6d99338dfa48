import type pg from 'pg'
import { type Books, readBooks, requireBalance } from './books.ts'
import { Connections } from './connections.ts'
import type { Commit, Floor } from './floor.ts'
import { closedLoop } from './loop.ts'
import { orders } from './order.ts'
import { requireIndexes, requireNoWholeTableReads, wholeTableReads } from './plans.ts'

export interface FloorOptions {
  readonly warmUpMs: number
  readonly measureMs: number
  readonly inFlight: number
  /** Decides which payments are declined. */
  readonly seed: number
  /** Processor time that PostgreSQL has used so far, in all its processes. */
  readonly postgresCpuMicros: () => number
}

export interface FloorResult {
  readonly name: Floor['name']
  readonly sagasPerSecond: number
  /** From when its turn came to be in flight until its last commit, waiting for a connection included. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMicrosPerSaga: { readonly postgres: number; readonly client: number; readonly total: number }
  readonly commitsPerSaga: number
  readonly walBytesPerSaga: number
}

/**
 * Runs one floor in a database that withFloorDatabase made.
 *
 * @throws when a statement reads whole tables, before or after the run, or the books do not balance after it.
 */
export const measureFloor = async (
  floor: Floor,
  url: string,
  client: pg.Client,
  options: FloorOptions,
): Promise<FloorResult & { readonly books: Books }> => {
  await requireIndexes(client, floor.statements)
  const readsBefore = await wholeTableReads(client)
  const commitsBefore = await commits(client)
  const loop = await runSagas(floor, url, client, options)
  const commitsAfter = await commits(client)
  requireNoWholeTableReads(readsBefore, await wholeTableReads(client))
  const books = await readBooks(client)
  requireBalance(books, loop.all, floor.callsGateway)
  const { before, after, measured } = loop
  const postgres = Math.round((after.postgresMicros - before.postgresMicros) / measured)
  const own = Math.round((after.clientMicros - before.clientMicros) / measured)
  return {
    name: floor.name,
    sagasPerSecond: Math.round(loop.perSecond),
    p50Ms: tenths(loop.p50Ms),
    p99Ms: tenths(loop.p99Ms),
    cpuMicrosPerSaga: { postgres, client: own, total: postgres + own },
    commitsPerSaga: Math.round(((commitsAfter - commitsBefore) / loop.all) * 100) / 100,
    walBytesPerSaga: Math.round((after.walBytes - before.walBytes) / measured),
    books,
  }
}

const runSagas = async (floor: Floor, url: string, client: pg.Client, options: FloorOptions) => {
  const connections = await Connections.open(url)
  const nextOrder = orders(options.seed)
  const sample = async () => {
    const { user, system } = process.cpuUsage()
    return {
      postgresMicros: options.postgresCpuMicros(),
      clientMicros: user + system,
      walBytes: await walBytes(client),
    }
  }
  const saga = () => connections.use((connection) => floor.run(nextOrder(), committing(connection)))
  try {
    return await closedLoop(saga, { ...options, sample })
  } finally {
    await connections.close()
  }
}

const committing =
  (connection: pg.Client): Commit =>
  async ({ name, text }, values, rows) => {
    const { rowCount } = await connection.query({ name, text, values: [...values] })
    if (rowCount !== rows) throw new Error(`the floor's statement ${name} wrote ${rowCount} rows instead of ${rows}`)
  }

const tenths = (value: number): number => Math.round(value * 10) / 10

/** Of all sessions that have ended, and some of those that have not. */
const commits = (client: pg.Client): Promise<number> =>
  number(client, 'SELECT xact_commit AS value FROM pg_stat_database WHERE datname = current_database()')

const walBytes = (client: pg.Client): Promise<number> =>
  number(client, "SELECT pg_current_wal_insert_lsn() - '0/0' AS value")

const number = async (client: pg.Client, sql: string): Promise<number> => {
  const { rows } = await client.query<{ value: string }>(sql)
  return Number(rows[0]?.value)
}
