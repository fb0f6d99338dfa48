import { StoreError, type Table, table } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresStore, type Database, openDatabase, toStoreError } from '../src/index.ts'

/** The real limits are 5 s each, and a little for a busy machine. */
const LIMIT_MS = 5_000
const PATIENCE = { timeout: 20_000 }

interface Mark {
  readonly stream: string
  readonly incarnation: string
  readonly sequence: number
}
const marks: Table<Mark> = table<Mark>({
  name: 'stream_mark',
  key: 'stream',
  columns: { stream: 'text', incarnation: 'text', sequence: 'bigint' },
})

describe('nothing in the database waits for ever:', () => {
  let testDatabase: TestDatabase
  let database: Database

  beforeAll(async () => {
    testDatabase = await createTestDatabase('order')
    database = openDatabase({ url: testDatabase.url, applicationName: 'limits', statementTimeoutMs: 7_000 })
    await testDatabase.query(`INSERT INTO stream_mark VALUES ('held', 'one', 1)`)
  })
  afterAll(async () => {
    await database.close()
    await testDatabase.close()
  })

  it('a transaction that waits for a row gives up, may come again, and then has it', PATIENCE, async () => {
    const holder = await database.pool.connect()
    const store = createPostgresStore(database)
    const lock = () =>
      store.transact([{ table: marks, keys: ['held'], lock: true }], () => ({ changes: [], result: 'locked' }))
    try {
      await holder.query(`BEGIN; SELECT FROM stream_mark WHERE stream = 'held' FOR UPDATE`)
      const startedMs = performance.now()
      // The holder is busy all the while: standing still it would lose the row by the limit below.
      const [, refused] = await Promise.all([
        holder.query(`SELECT pg_sleep(${(LIMIT_MS + 500) / 1_000})`),
        lock().catch((error: unknown) => error),
      ])
      expect(refused).toBeInstanceOf(StoreError)
      expect(refused).toMatchObject({ fault: 'transient', code: '55P03' })
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(LIMIT_MS)
      await holder.query('COMMIT')
    } finally {
      holder.release(true)
    }
    expect(await lock()).toBe('locked')
  })

  it('a transaction that stands still loses its rows', PATIENCE, async () => {
    const sleeper = await database.pool.connect()
    try {
      await sleeper.query(`BEGIN; SELECT FROM stream_mark WHERE stream = 'held' FOR UPDATE`)
      const isFree = async () => {
        const rows = await testDatabase.query(`SELECT FROM stream_mark WHERE stream = 'held' FOR UPDATE SKIP LOCKED`)
        return rows.length === 1
      }
      expect(await isFree()).toBe(false)
      await expect.poll(isFree, { timeout: 15_000 }).toBe(true)
      await expect(sleeper.query('COMMIT')).rejects.toThrow(/terminat|not queryable/)
    } finally {
      sleeper.release(true)
    }
  })

  it('a statement ends at its limit, and is transient', PATIENCE, async () => {
    const impatient = openDatabase({ url: testDatabase.url, applicationName: 'impatient', statementTimeoutMs: 200 })
    try {
      expect(await impatient.pool.query('SELECT pg_sleep(0.01)')).toBeDefined()
      const ended = await impatient.pool.query('SELECT pg_sleep(10)').catch((error: unknown) => toStoreError(error))
      expect(ended).toMatchObject({ fault: 'transient', code: '57014' })
    } finally {
      await impatient.close()
    }
  })
})
