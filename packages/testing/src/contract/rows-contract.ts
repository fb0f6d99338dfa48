import { derivedId, inboxTable, StoreError, type TableShape } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { type Counter, counters, type Sample, samples } from './contract-tables.ts'
import { change, freshKey, locked, read, rowOf, type StoreUnderTest, unlocked, write } from './store-under-test.ts'

const sample = (id: string, with_: Partial<Sample> = {}): Sample => ({
  id,
  words: 'plain',
  maybe: null,
  small: 0,
  large: 0,
  flag: false,
  document: null,
  at: 0,
  ...with_,
})

const awkward: readonly Partial<Sample>[] = [
  { words: '', maybe: '', document: '' },
  { words: 'NULL', maybe: 'null', document: 'null' },
  { words: '"quoted", {braced}, \\escaped\\', document: { 'a "key"': ['\\', '{', '}', ',', '"'] } },
  { words: 'line\nbreak\ttab\u0001', document: 'line\nbreak\u0000\ud800' },
  { words: 'Grüße, 東京 🚲', document: { name: 'Grüße, 東京 🚲' } },
  { small: -2_147_483_648, large: -Number.MAX_SAFE_INTEGER, flag: true, at: -1 },
  { small: 2_147_483_647, large: Number.MAX_SAFE_INTEGER, at: 1_999_999_999_999, document: [] },
  { at: 1_763_712_345_678, document: { deep: [{ er: [1.5, -0.25, 1e21, true, null] }] } },
]

const DAY_MS = 86_400_000
const inboxRow = (message_id: string, bucket: number) => ({
  message_id,
  bucket,
  digest: 'd',
  outputs: [],
  handled_at: 1,
})

export const rowsContract = (store: () => StoreUnderTest): void => {
  describe('rows', () => writingContract(store))
  describe('a batch of rows', () => batchContract(store))
  describe('a transaction', () => transactionContract(store))
}

const writingContract = (store: () => StoreUnderTest): void => {
  it.each(awkward)('come back as they were written: %j', async (values) => {
    const row = sample(freshKey('sample'), values)
    await write(store().one, samples, { inserts: [row] })
    expect(await read(store().other, samples, row.id)).toEqual(row)
  })

  it('are absent until they are inserted, and again after they are deleted', async () => {
    const row: Counter = { id: freshKey('counter'), value: 1 }
    expect(await read(store().one, counters, row.id)).toBeUndefined()
    await write(store().one, counters, { inserts: [row] })
    expect(await read(store().one, counters, row.id)).toEqual(row)
    await write(store().one, counters, { deletes: [row.id] })
    expect(await read(store().one, counters, row.id)).toBeUndefined()
  })

  it('are replaced as a whole by an update', async () => {
    const id = freshKey('sample')
    await write(store().one, samples, { inserts: [sample(id, { words: 'before', maybe: 'before' })] })
    const after = sample(id, { words: 'after', small: 7 })
    await write(store().one, samples, { updates: [after] })
    expect(await read(store().one, samples, id)).toEqual(after)
  })

  it('are inserted or replaced by an upsert', async () => {
    const row: Counter = { id: freshKey('counter'), value: 1 }
    await write(store().one, counters, { upserts: [row] })
    await write(store().one, counters, { upserts: [{ ...row, value: 2 }] })
    expect(await read(store().one, counters, row.id)).toEqual({ ...row, value: 2 })
  })

  it('of a table that keeps are left as they are by an upsert', async () => {
    const keeping: typeof counters = { ...counters, blind: 'keep' }
    const row: Counter = { id: freshKey('counter'), value: 1 }
    await write(store().one, keeping, { upserts: [row] })
    await write(store().one, keeping, { upserts: [{ ...row, value: 2 }] })
    expect(await read(store().one, counters, row.id)).toEqual(row)
  })

  it('may be deleted and inserted anew in one transaction', async () => {
    const row: Counter = { id: freshKey('counter'), value: 1 }
    await write(store().one, counters, { inserts: [row] })
    await write(store().one, counters, { deletes: [row.id], inserts: [{ ...row, value: 9 }] })
    expect(await read(store().one, counters, row.id)).toEqual({ ...row, value: 9 })
  })
}

const batchContract = (store: () => StoreUnderTest): void => {
  it('that is partitioned is found by key alone, whatever its form', async () => {
    const ids = [0, 20_000, 20_001, 99_999].map((day) => derivedId(freshKey('cause'), 0, day * DAY_MS))
    ids.push(freshKey('any string is an id'))
    const bucketOf = inboxTable.partition?.of ?? (() => Number.NaN)
    await write(store().one, inboxTable, { inserts: ids.map((id) => inboxRow(id, bucketOf(id))) })
    const found = await store().other.transact([unlocked(inboxTable, ...ids)], (loaded) => ({
      changes: [],
      result: ids.map((id) => rowOf(loaded, inboxTable, id)?.message_id),
    }))
    expect(found).toEqual(ids)
  })

  it('by the hundred is read and written in one transaction', async () => {
    const rows = Array.from({ length: 500 }, (_, value): Counter => ({ id: freshKey('many'), value }))
    const ids = rows.map(({ id }) => id)
    await write(store().one, counters, { inserts: rows })
    await store().one.transact([locked(counters, ...ids)], (loaded) => {
      const updates = ids.map((id) => ({ id, value: (rowOf(loaded, counters, id)?.value ?? 0) + 1_000 }))
      return { changes: [change(counters, { updates })], result: undefined }
    })
    expect(await read(store().one, counters, ids[499] ?? '')).toEqual({ id: ids[499], value: 1_499 })
  })
}

const transactionContract = (store: () => StoreUnderTest): void => {
  it('gives what was decided, and the clock of the database', async () => {
    const before = Date.now()
    const nowMs = await store().one.transact([], (loaded) => ({ changes: [], result: loaded.nowMs }))
    expect(nowMs).toBeGreaterThanOrEqual(before - 1_000)
    expect(nowMs).toBeLessThanOrEqual(Date.now() + 1_000)
    expect(Math.abs((await store().other.nowMs()) - nowMs)).toBeLessThan(1_000)
  })

  it('writes nothing when the decision throws, and rejects with what was thrown', async () => {
    const bug = new Error('a bug in a handler')
    const throwing = store().one.transact([locked(counters, freshKey('counter'))], () => {
      throw bug
    })
    await expect(throwing).rejects.toBe(bug)
    const row: Counter = { id: freshKey('counter'), value: 1 }
    await write(store().one, counters, { inserts: [row] })
    expect(await read(store().one, counters, row.id)).toEqual(row)
  })

  it('is transient when a row to update is gone, and writes nothing', async () => {
    const kept: Counter = { id: freshKey('counter'), value: 1 }
    await write(store().one, counters, { inserts: [kept] })
    const updates: Counter[] = [
      { ...kept, value: 2 },
      { id: freshKey('never inserted'), value: 2 },
    ]
    await expect(write(store().one, counters, { updates })).rejects.toMatchObject({ fault: 'transient' })
    expect(await read(store().one, counters, kept.id)).toEqual(kept)
  })

  it.each<[string, TableShape, (id: string) => object]>([
    ['what a check constraint forbids', counters, (id) => ({ id, value: -1 })],
    ['U+0000 in text', samples, (id) => sample(id, { words: 'a\0b' })],
    ['a lone surrogate in text', samples, (id) => sample(id, { words: '\ud83d' })],
    ['an integer beyond 32 bits', samples, (id) => sample(id, { small: 2 ** 31 })],
    ['a fraction where an integer belongs', samples, (id) => sample(id, { small: 0.5 })],
    ['an integer beyond 2^53', samples, (id) => sample(id, { large: 2 ** 53 })],
    ['a time that is none', samples, (id) => sample(id, { at: Number.NaN })],
    ['a document that is undefined', samples, (id) => sample(id, { document: undefined })],
  ])('refuses %s, with all that was to be written beside it', async (_, table, bad) => {
    const beside: Counter = { id: freshKey('beside'), value: 1 }
    const changes = [change(counters, { inserts: [beside] }), change(table, { inserts: [bad(freshKey('bad'))] })]
    const refused = store().one.transact([], () => ({ changes, result: undefined }))
    await expect(refused).rejects.toMatchObject({ fault: 'refused' })
    await expect(refused).rejects.toBeInstanceOf(StoreError)
    expect(await read(store().one, counters, beside.id)).toBeUndefined()
  })

  it.each(['a\0b', '\ud83d'])('refuses the key %j, which no row can have', async (key) => {
    await expect(read(store().one, counters, key)).rejects.toMatchObject({ fault: 'refused' })
  })
}
