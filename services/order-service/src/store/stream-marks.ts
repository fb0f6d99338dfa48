import type { Pool } from 'pg'

/** How far a stream was seen. */
export interface StreamMark {
  /** Changes when the stream was made anew. */
  readonly incarnation: string
  readonly sequence: number
}

export interface StreamMarks {
  get(stream: string): Promise<StreamMark | undefined>
  put(stream: string, mark: StreamMark): Promise<void>
  /** Makes every task of these kinds due, a thousand a second from now on; answers how many. */
  makeDue(kinds: readonly string[]): Promise<number>
}

const GET = 'SELECT incarnation, sequence::float8 FROM stream_mark WHERE stream = $1'
const PUT = `INSERT INTO stream_mark (stream, incarnation, sequence) VALUES ($1, $2, $3)
  ON CONFLICT (stream) DO UPDATE SET incarnation = excluded.incarnation, sequence = excluded.sequence`

/** Far below what one second can take, so that what was lost is announced without crowding out what is new. */
const DUE_PER_SECOND = 1_000
/** Rows that one statement holds. By id, so that tasks postponed meanwhile are not met again. */
const CHUNK = 1_000
const MAKE_DUE = `WITH lost AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
      SELECT id FROM task WHERE id > $1 AND kind = ANY($2::text[]) ORDER BY id LIMIT $3::bigint FOR UPDATE
    ) AS chunk),
  made AS (
    UPDATE task SET due_at = LEAST(task.due_at, now() + ($4::float8 + lost.place) / $5::float8 * interval '1 second')
    FROM lost WHERE task.id = lost.id RETURNING task.id)
  SELECT count(*)::int AS count, max(id) AS last FROM made`

export const streamMarks = (pool: Pool): StreamMarks => ({
  async get(stream) {
    const { rows } = await pool.query<StreamMark>(GET, [stream])
    return rows[0]
  },
  async put(stream, { incarnation, sequence }) {
    await pool.query(PUT, [stream, incarnation, sequence])
  },
  async makeDue(kinds) {
    let total = 0
    let after: string | null = ''
    while (after !== null) {
      const made: Made = await makeChunkDue(pool, after, kinds, total)
      total += made.count
      after = made.last
    }
    return total
  },
})

interface Made {
  readonly count: number
  /** The highest id by the database's order, behind which the next chunk begins; null when nothing is left. */
  readonly last: string | null
}

const makeChunkDue = async (pool: Pool, after: string, kinds: readonly string[], place: number): Promise<Made> => {
  const { rows } = await pool.query<Made>(MAKE_DUE, [after, kinds, CHUNK, place, DUE_PER_SECOND])
  return rows[0] ?? { count: 0, last: null }
}
