import { randomUUID } from 'node:crypto'
import { inboxTable, type Store, type TableShape, table, tasks } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresStore, openDatabase } from '../src/index.ts'

const cancelled = table<{ order_id: string; created_at: number }>({
  name: 'order_cancelled',
  key: 'order_id',
  columns: { order_id: 'text', created_at: 'time' },
})

let testDatabase: TestDatabase
beforeAll(async () => {
  testDatabase = await createTestDatabase('order')
})
afterAll(() => testDatabase.close())

const inboxRow = (message_id: string) => ({
  message_id,
  bucket: -1,
  digest: '',
  outputs: [],
  handled_at: 0,
})

const task = (id: string) => ({ id, kind: 'plan', due_at: 0, token: '', attempts: 0, body: null })

/** Every statement of the store, on as many rows. */
const useAll = async (store: Store, count: number): Promise<void> => {
  const ids = Array.from({ length: count }, () => randomUUID())
  const change = { inserts: [], updates: [], upserts: [], deletes: [] }
  const read = (table: TableShape, lock: boolean) => ({ table, keys: ids, lock })
  const list = ids.map((order_id) => ({ order_id, created_at: 0 }))
  await store.transact([read(cancelled, true), read(inboxTable, false)], () => ({
    changes: [
      { ...change, table: cancelled, inserts: list },
      { ...change, table: inboxTable, inserts: ids.map(inboxRow) },
      { ...change, table: tasks, upserts: ids.map(task) },
    ],
    result: undefined,
  }))
  await store.transact([read(cancelled, true), read(inboxTable, false), read(tasks, true)], () => ({
    changes: [
      { ...change, table: cancelled, updates: list },
      { ...change, table: inboxTable, deletes: ids.slice(1) },
      { ...change, table: tasks, deletes: ids.slice(1) },
    ],
    result: undefined,
  }))
  // Remembered as they are seen, then looked at again, locked and looked at, and beside rows that are not there.
  const seen: TableShape = { ...cancelled, remember: 'seen' }
  const decision = { changes: [{ ...change, table: tasks, upserts: ids.map(task) }], result: undefined }
  for (const lock of [false, false, true]) {
    await store.transact([read(seen, lock)], () => decision)
  }
  const others = { ...read(cancelled, false), keys: ids.map((id) => `${id}-no`) }
  await store.transact([{ ...others, fresh: new Set(others.keys) }], () => decision)
  await store.claim(tasks, ['plan'], 2, 60_000)
}

it('no statement reads a whole table, also when it was prepared while the tables were empty', async () => {
  const database = openDatabase({ url: testDatabase.url, applicationName: 'plans' })
  const store = createPostgresStore(database)
  for (let round = 0; round < 8; round++) await useAll(store, round < 6 ? 1 : 2_000)
  // A connection hands in its counters when it ends.
  await database.close()
  const read = () =>
    testDatabase.query(
      `SELECT relname, seq_scan::int, idx_scan::int FROM pg_stat_user_tables
       WHERE relname IN ('order_cancelled', 'inbox_default', 'task') ORDER BY relname`,
    )
  await expect.poll(async () => (await read()).every(({ idx_scan }) => Number(idx_scan) > 0)).toBe(true)
  expect((await read()).map(({ relname, seq_scan }) => [relname, seq_scan])).toEqual([
    ['inbox_default', 0],
    ['order_cancelled', 0],
    ['task', 0],
  ])
})
