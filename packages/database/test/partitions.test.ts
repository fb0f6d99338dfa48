import { derivedId, inboxTable } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  createPostgresStore,
  type Database,
  dropInboxBefore,
  ensureInboxPartitions,
  openDatabase,
} from '../src/index.ts'

const DAY_MS = 86_400_000
const TODAY = 20_000

describe.each(['order', 'payment', 'inventory'] as const)('inbox partitions of the %s service', (service) => {
  let testDatabase: TestDatabase
  let database: Database
  const failures: number[] = []
  const failed = (day: number): void => {
    failures.push(day)
  }

  beforeAll(async () => {
    testDatabase = await createTestDatabase(service)
    database = openDatabase({ url: testDatabase.url, applicationName: 'partitions' })
  })
  afterAll(async () => {
    await database.close()
    await testDatabase.close()
  })
  beforeEach(() => {
    failures.length = 0
  })

  const partitions = async (): Promise<unknown[]> => {
    const rows = await testDatabase.query(
      `SELECT relid::regclass::text AS name FROM pg_partition_tree('inbox') WHERE isleaf ORDER BY 1`,
    )
    return rows.map(({ name }) => name)
  }

  const handled = async (id: string, handledAtMs: number): Promise<void> => {
    const bucket = inboxTable.partition?.of(id) ?? -1
    const row = { message_id: id, bucket, digest: 'd', outputs: [], handled_at: handledAtMs }
    await createPostgresStore(database).transact([], () => ({
      changes: [{ table: inboxTable, inserts: [row], updates: [], upserts: [], deletes: [] }],
      result: undefined,
    }))
  }

  const whereIs = async (id: string): Promise<unknown> =>
    (await testDatabase.query('SELECT tableoid::regclass::text AS name FROM inbox WHERE message_id = $1', [id]))[0]
      ?.name

  it('are made ahead, by several processes at once and again', async () => {
    const make = () => ensureInboxPartitions(database.pool, TODAY, 2, failed)
    await Promise.all([make(), make()])
    await make()
    expect(await partitions()).toEqual(['inbox_20000', 'inbox_20001', 'inbox_20002', 'inbox_default'])
    expect(failures).toEqual([])
  })

  it('take the messages of their day, and the default one takes all others', async () => {
    const today = derivedId('today', 0, TODAY * DAY_MS)
    const nextYear = derivedId('next year', 0, (TODAY + 365) * DAY_MS)
    for (const id of [today, nextYear, 'any string']) await handled(id, TODAY * DAY_MS)
    expect(await whereIs(today)).toBe('inbox_20000')
    expect(await whereIs(nextYear)).toBe('inbox_default')
    expect(await whereIs('any string')).toBe('inbox_default')
  })

  it('are told about, and no more, when one cannot be made because the default one holds its day', async () => {
    await ensureInboxPartitions(database.pool, TODAY + 364, 2, failed)
    expect(failures).toEqual([TODAY + 365])
    expect(await partitions()).toContain('inbox_20366')
  })

  it('of old days are dropped, and old rows of the default one deleted', async () => {
    await handled('another string', (TODAY + 1) * DAY_MS)
    await dropInboxBefore(database.pool, TODAY + 1, failed)
    expect(await partitions()).not.toContain('inbox_20000')
    expect(await partitions()).toContain('inbox_20001')
    expect(await whereIs('any string')).toBeUndefined()
    expect(await whereIs('another string')).toBe('inbox_default')
  })
})
