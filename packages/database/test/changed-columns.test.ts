import { type Table, table } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createPostgresStore, type Database, openDatabase } from '../src/index.ts'

interface Parcel {
  readonly id: string
  readonly a: number
  readonly b: string | null
  readonly c: boolean
  readonly d: unknown
  readonly e: number
  readonly packed_at: number
}

const parcels: Table<Parcel> = table<Parcel>({
  name: 'parcel',
  key: 'id',
  columns: { id: 'text', a: 'integer', b: 'text', c: 'boolean', d: 'json', e: 'bigint', packed_at: 'time' },
})

let testDatabase: TestDatabase
let database: Database
beforeAll(async () => {
  testDatabase = await createTestDatabase('order')
  await testDatabase.query(
    `CREATE TABLE parcel (id text PRIMARY KEY, a integer NOT NULL, b text, c boolean NOT NULL, d text NOT NULL,
     e bigint NOT NULL, packed_at timestamptz NOT NULL)`,
  )
  database = openDatabase({ url: testDatabase.url, applicationName: 'changed-columns' })
})
afterAll(async () => {
  await database.close()
  await testDatabase.close()
})

const parcel = (id: string): Parcel => ({ id, a: 0, b: 'b', c: false, d: { d: [] }, e: 0, packed_at: 0 })
/** Each differs from what `parcel` gives. */
const CHANGES: readonly Partial<Parcel>[] = [{ a: 1 }, { b: null }, { c: true }, { d: { d: [1] } }, { e: 1 }]
/** The changes whose place in the list is a one in the number's binary form. */
const changesOf = (bits: number): Partial<Parcel> => Object.assign({}, ...CHANGES.filter((_, at) => bits & (1 << at)))

/** What the rows are now; `changes` are made to what was read, in one transaction. */
const change = (changes: ReadonlyMap<string, Partial<Parcel>>) => {
  const read = { table: parcels, keys: [...changes.keys()].sort(), lock: true }
  return createPostgresStore(database).transact([read], (loaded) => {
    const now = read.keys.map((key) => ({ ...(loaded.get(parcels, key) as Parcel), ...changes.get(key) }))
    return { changes: [{ table: parcels, inserts: [], updates: now, upserts: [], deletes: [] }], result: now }
  })
}

const insert = (rows: readonly Parcel[]) =>
  createPostgresStore(database).transact([], () => ({
    changes: [{ table: parcels, inserts: rows, updates: [], upserts: [], deletes: [] }],
    result: undefined,
  }))

const stored = (ids: readonly string[]) =>
  createPostgresStore(database).transact([{ table: parcels, keys: ids, lock: false }], (loaded) => ({
    changes: [],
    result: ids.map((id) => loaded.get(parcels, id)),
  }))

it('an update leaves alone the columns that did not change, down to what a program cannot see', async () => {
  await testDatabase.query(
    `INSERT INTO parcel VALUES ('finer than ours', 0, 'b', false, '{ "d":  [] }', 0, '2026-01-01T00:00:00.123456Z')`,
  )
  await change(new Map([['finer than ours', { a: 7 }]]))
  expect(await testDatabase.query(`SELECT a, d, packed_at::text FROM parcel WHERE id = 'finer than ours'`)).toEqual([
    { a: 7, d: '{ "d":  [] }', packed_at: expect.stringContaining('00.123456') },
  ])
})

it('rows are what was decided, in whatever columns they changed, alone, two at a time, and all at once', async () => {
  const every = Array.from({ length: 2 ** CHANGES.length }, (_, bits) => bits)
  for (const together of [1, 2, every.length]) {
    const changes = new Map(every.map((bits) => [`${together}/${bits}`, changesOf(bits)]))
    const ids = [...changes.keys()]
    await insert(ids.map(parcel))
    const left = [...changes]
    while (left.length > 0) await change(new Map(left.splice(0, together)))
    expect(await stored(ids)).toEqual(ids.map((id) => ({ ...parcel(id), ...changes.get(id) })))
  }
})
