import { createTestDatabase, type TestDatabase } from '@skald/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type StreamMarks, streamMarks } from '../src/store/stream-marks.ts'

let database: TestDatabase
let pool: pg.Pool
let marks: StreamMarks
beforeAll(async () => {
  database = await createTestDatabase('order')
  pool = new pg.Pool({ connectionString: database.url, max: 1 })
  marks = streamMarks(pool)
})
afterAll(async () => {
  await pool.end()
  await database.close()
})
beforeEach(() => database.query('DELETE FROM task'))

const addTasks = (kind: string, count: number, dueIn: string) =>
  database.query(
    `INSERT INTO task (id, kind, due_at, token, attempts, body)
     SELECT $1 || '/' || n, $1, now() + $3::interval, '', 0, '{}' FROM generate_series(1, $2::int) AS n`,
    [kind, count, dueIn],
  )
const countWhere = async (condition: string) => {
  const [row] = await database.query(`SELECT count(*)::int AS count FROM task WHERE ${condition}`)
  return row?.['count']
}

test('a mark is what was put last', async () => {
  expect(await marks.get('EVENTS')).toBeUndefined()
  await marks.put('EVENTS', { incarnation: 'first', sequence: 7 })
  await marks.put('EVENTS', { incarnation: 'second', sequence: 2 ** 52 })
  expect(await marks.get('EVENTS')).toEqual({ incarnation: 'second', sequence: 2 ** 52 })
})

test('all tasks of the kinds become due, a thousand a second, however many there are', async () => {
  await addTasks('announce-order', 2_500, '1 hour')
  await addTasks('other', 10, '1 hour')
  expect(await marks.makeDue(['announce-order', 'announce-cancel'])).toBe(2_500)
  expect(await countWhere("kind = 'announce-order' AND due_at < now() + interval '3 seconds'")).toBe(2_500)
  const [spread] = await database.query(
    "SELECT extract(epoch from max(due_at) - min(due_at))::float8 AS seconds FROM task WHERE kind = 'announce-order'",
  )
  expect(spread?.['seconds']).toBeGreaterThan(2)
  expect(await countWhere("kind = 'other' AND due_at < now() + interval '59 minutes'")).toBe(0)
})

test('a task that is due already does not wait for the others', async () => {
  await addTasks('announce-order', 1_500, '-1 second')
  await marks.makeDue(['announce-order'])
  expect(await countWhere('due_at <= now()')).toBe(1_500)
})
