import { type Change, type Loaded, type Read, type Store, type Table, table } from '@skald/messaging'
import { createTestDatabase, eventually, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createPostgresStore, type Database, openDatabase } from '../src/index.ts'

interface Entry {
  readonly id: string
  readonly words: string
}

const entries: Table<Entry> = table<Entry>({ name: 'entry', key: 'id', columns: { id: 'text', words: 'text' } })
const none: Change = { table: entries, inserts: [], updates: [], upserts: [], deletes: [] }

let testDatabase: TestDatabase
let database: Database
let store: Store

beforeAll(async () => {
  testDatabase = await createTestDatabase('order')
  await testDatabase.query('CREATE TABLE entry (id text PRIMARY KEY, words text NOT NULL)')
  database = openDatabase({ url: testDatabase.url, applicationName: 'unread' })
  store = createPostgresStore(database)
})
afterAll(async () => {
  await database.close()
  await testDatabase.close()
})
// Whatever reads tells the store the time, without which nothing is decided unread.
beforeEach(() => store.transact([read('nobody', false)], () => ({ changes: [], result: undefined })))

const read = (id: string, fresh: boolean): Read => ({
  table: entries,
  keys: [id],
  lock: false,
  ...(fresh && { fresh: new Set([id]) }),
})
const seen = (loaded: Loaded, id: string) => (loaded.get(entries, id) as Entry | undefined)?.words

/** Inserts the entry unless it is there; answers what each look at it saw. */
const enter = async (id: string, words: string): Promise<readonly (string | undefined)[]> => {
  const looks: (string | undefined)[] = []
  await store.transact([read(id, true)], (loaded) => {
    looks.push(seen(loaded, id))
    const inserts = looks.at(-1) === undefined ? [{ id, words }] : []
    return { changes: [{ ...none, inserts }], result: undefined }
  })
  return looks
}

const stored = async (id: string) =>
  (await testDatabase.query(`SELECT words FROM entry WHERE id = '${id}'`))[0]?.['words']

it('a row that is probably not there, and is inserted, is not looked for', async () => {
  expect(await enter('new', 'first')).toEqual([undefined])
  expect(await stored('new')).toBe('first')
})

it('when it was there all the same, the transaction fails as a lost race, and nothing of it is written', async () => {
  await testDatabase.query(`INSERT INTO entry VALUES ('known', 'before')`)
  const both = store.transact([read('known', true), read('beside', true)], () => ({
    // Two statements, of which the second fails.
    changes: [
      { ...none, inserts: [{ id: 'beside', words: 'x' }] },
      { ...none, inserts: [{ id: 'known', words: 'after' }] },
    ],
    result: undefined,
  }))
  await expect(both).rejects.toMatchObject({ fault: 'transient', code: '23505' })
  expect(await stored('known')).toBe('before')
  expect(await stored('beside')).toBeUndefined()
})

/** Inserts one entry if there is no other; answers how often that was decided. */
const enterWithout = async (id: string, other: string): Promise<number> => {
  let decisions = 0
  await store.transact([read(id, true), read(other, true)], (loaded) => {
    decisions += 1
    const inserts = seen(loaded, other) === undefined ? [{ id, words: 'alone' }] : []
    return { changes: [{ ...none, inserts }], result: undefined }
  })
  return decisions
}

it('one that is probably not there, and is not inserted, is only seen to be absent', async () => {
  expect(await enterWithout('alone', 'nobody else')).toBe(1)
  expect(await stored('alone')).toBe('alone')
})

it('when that one was there all the same, the transaction fails as a lost race, and nothing of it is written', async () => {
  await testDatabase.query(`INSERT INTO entry VALUES ('somebody', 'before')`)
  await expect(enterWithout('not alone', 'somebody')).rejects.toMatchObject({ fault: 'transient', code: '40001' })
  expect(await stored('not alone')).toBeUndefined()
})

it('what is probably not there is looked for behind what is written: one that came with a row that was waited for is seen', async () => {
  const other = openDatabase({ url: testDatabase.url, applicationName: 'other' })
  const holder = await other.pool.connect()
  try {
    await holder.query(
      `BEGIN; INSERT INTO entry VALUES ('waited for', 'theirs'); INSERT INTO entry VALUES ('with it', 'theirs')`,
    )
    const waits = enterWithout('waited for', 'with it').catch((error: unknown) => error)
    await eventually(async () => {
      const [row] = await testDatabase.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
      expect(row?.['n']).toBeGreaterThan(0)
    })
    // The row that it waits for is gone again, the other one stays.
    await holder.query(`DELETE FROM entry WHERE id = 'waited for'; COMMIT`)
    expect(await waits).toMatchObject({ fault: 'transient', code: '40001' })
    expect(await stored('waited for')).toBeUndefined()
  } finally {
    holder.release()
    await other.close()
  }
})

it('a decision that writes nothing proves nothing: it is taken again on what is there', async () => {
  await testDatabase.query(`INSERT INTO entry VALUES ('refused', 'before')`)
  const looks: (string | undefined)[] = []
  const result = await store.transact([read('refused', true)], (loaded) => {
    looks.push(seen(loaded, 'refused'))
    return { changes: [], result: looks.at(-1) }
  })
  expect(looks).toEqual([undefined, 'before'])
  expect(result).toBe('before')
})

it('the time it is decided by is the time of the database', async () => {
  const nowMs = await store.transact([], ({ nowMs }) => ({ changes: [], result: nowMs }))
  const [row] = await testDatabase.query(`SELECT date_part('epoch', clock_timestamp()) * 1000 AS now`)
  expect(Math.abs(Number(row?.['now']) - nowMs)).toBeLessThan(1_000)
})
