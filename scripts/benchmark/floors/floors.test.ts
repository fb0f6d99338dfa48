import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningPostgres, startPostgres } from '@skald/servers'
import { createTestDatabase } from '@skald/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from './connections.ts'
import { type Floor, fiveTransactions, placeOrderValues, sevenTransactions } from './floor.ts'
import { HISTORY, withFloorDatabase } from './floor-database.ts'
import { measureBarePost, measureFloors } from './floors.ts'
import { measureFloor } from './measure-floor.ts'
import { placeOrder } from './statements.ts'

/** A server as durable as the embedded one of ./scripts/dev: the one of the test run is not. */
let postgres: RunningPostgres
const dir = mkdtempSync(join(tmpdir(), 'skald-floors-'))

beforeAll(async () => {
  const settings = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
  postgres = await startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true, settings })
})

afterAll(async () => {
  await postgres.stop()
  rmSync(dir, { recursive: true, force: true })
})

const short = { warmUpMs: 100, measureMs: 1_000, inFlight: 64, seed: 7, postgresCpuMicros: () => 0 }

const onFloorDatabase = <T>(work: (url: string, client: pg.Client) => Promise<T>): Promise<T> =>
  withFloorDatabase(postgres.url('postgres'), work)

const measured = (floor: Floor) => onFloorDatabase((url, client) => measureFloor(floor, url, client, short))

const databases = async (): Promise<readonly string[]> => {
  const client = await connect(postgres.url('postgres'))
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
    return rows.map(({ datname }) => datname)
  } finally {
    await client.end()
  }
}

describe.each([
  { floor: fiveTransactions, transactions: 5 },
  { floor: sevenTransactions, transactions: 7 },
])('the floor of $floor.name', ({ floor, transactions }) => {
  it('ends every order, sells what it confirmed, and declines one in ten', async () => {
    const { books, ...result } = await measured(floor)

    const orders = books.confirmed + books.cancelled - HISTORY
    expect(books).toMatchObject({ unended: 0, held: 0, undecided: 0, reserved: 0, sold: 2 * books.confirmed })
    expect(books.cancelled / orders).toBeGreaterThan(0.05)
    expect(books.cancelled / orders).toBeLessThan(0.15)
    expect(result.commitsPerSaga).toBeCloseTo(transactions, 0)
    expect(result.sagasPerSecond).toBeGreaterThan(0)
    expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms)
    expect(result.walBytesPerSaga).toBeGreaterThan(1_000)
  })
})

describe('the floors', () => {
  it('are measured one after the other, and leave no database', async () => {
    let postgresMicros = 0
    const postgresCpuMicros = () => {
      postgresMicros += 1_000_000
      return postgresMicros
    }

    const floors = await measureFloors({
      postgresUrl: postgres.url(''),
      warmUpMs: 50,
      measureMs: 300,
      postgresCpuMicros,
    })

    expect(floors.map(({ name }) => name)).toEqual(['five transactions', 'seven transactions'])
    for (const { cpuMicrosPerSaga } of floors) {
      expect(cpuMicrosPerSaga.postgres).toBeGreaterThan(0)
      expect(cpuMicrosPerSaga.total).toBe(cpuMicrosPerSaga.postgres + cpuMicrosPerSaga.client)
    }
    expect(await databases()).not.toContain('bench_floor')
  })

  it('are refused by a server that may lose a commit, with the settings that are wrong', async () => {
    const onThrowAwayServer = await createTestDatabase('order')
    try {
      const refused = measureFloors({ ...short, postgresUrl: onThrowAwayServer.url })

      await expect(refused).rejects.toThrow('fsync is off, set it to on')
      await expect(refused).rejects.toThrow('synchronous_commit is off, set it to on')
    } finally {
      await onThrowAwayServer.close()
    }
  })

  it('are refused before they run when an index is missing, with the statement and the table', async () => {
    const refused = onFloorDatabase(async (url, client) => {
      await client.query('ALTER TABLE reservation DROP CONSTRAINT reservation_pkey')
      return measureFloor(fiveTransactions, url, client, short)
    })

    await expect(refused).rejects.toThrow("the floor's statement commit_stock would read all of reservation")
    expect(await databases()).not.toContain('bench_floor')
  })

  it('are refused after they ran when they read a whole table all the same', async () => {
    const careless: Floor = {
      ...fiveTransactions,
      async run(order, commit) {
        await commit({ name: 'look', text: "SELECT FROM payment WHERE status = 'PENDING'" }, [], 0)
        await fiveTransactions.run(order, commit)
      },
    }

    await expect(measured(careless)).rejects.toThrow(
      /while the floor ran, whole tables were read: payment \(\d+ times\)/,
    )
  })

  it('are refused when their books do not balance', async () => {
    const forgetful: Floor = {
      ...fiveTransactions,
      run: (order, commit) => commit(placeOrder, placeOrderValues(order, 'bench'), 1),
    }

    await expect(measured(forgetful)).rejects.toThrow(/books do not balance: unended is [1-9]\d* instead of 0/)
  })
})

describe('the bare POST', () => {
  it('answers every order once it is kept, and leaves no database', async () => {
    const { postsPerSecond, p50Ms, p99Ms } = await measureBarePost({
      postgresUrl: postgres.url(''),
      warmUpMs: 100,
      measureMs: 500,
    })

    expect(postsPerSecond).toBeGreaterThan(0)
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
    expect(await databases()).not.toContain('bench_floor')
  })
})
