import type { Pool } from 'pg'

/** How many sagas a person should look at, and since when the first of them. */
export interface Figure {
  readonly kind: 'needs-person' | 'slow' | 'stuck'
  readonly definition: string
  readonly count: number
  readonly oldest: Date
}

export interface Figures {
  readonly sagas: readonly Figure[]
  readonly openDeadLetters: number
  /** How long the first wake has been due, seconds. */
  readonly wakeLateSeconds: number
}

/** Beyond, counting would cost more than the number is worth. */
const MAX_COUNTED = 10_000

/* Each count walks an index over what needs somebody, and over nothing else; however many sagas run. */
const FIGURES = `SELECT kind, definition, count(*)::int AS count, min(since) AS oldest FROM (
    (SELECT 'needs-person' AS kind, s.definition, s.updated_at AS since
      FROM (SELECT saga_id FROM saga_detour WHERE status = 'NEEDS_ATTENTION' ORDER BY started_at, saga_id LIMIT $1) d
      JOIN saga s ON s.saga_id = d.saga_id)
    UNION ALL (SELECT kind, definition, since FROM saga_concern WHERE kind = 'slow' ORDER BY started_at, saga_id LIMIT $1)
    UNION ALL (SELECT kind, definition, since FROM saga_concern WHERE kind = 'stuck' ORDER BY started_at, saga_id LIMIT $1)
  ) AS looked GROUP BY kind, definition`

const REST = `SELECT (SELECT count(*)::int FROM
    (SELECT 1 FROM reported_dead_letter WHERE status = 'OPEN' ORDER BY received_at LIMIT $1) AS open) AS letters,
  coalesce((SELECT greatest(0, date_part('epoch', now() - due_at)) FROM task WHERE kind = 'wake'
    ORDER BY due_at LIMIT 1), 0)::float AS late`

export const readFigures = async (pool: Pick<Pool, 'query'>): Promise<Figures> => {
  const sagas = await pool.query<Figure>(FIGURES, [MAX_COUNTED])
  const { rows } = await pool.query<{ letters: number; late: number }>(REST, [MAX_COUNTED])
  return { sagas: sagas.rows, openDeadLetters: rows[0]?.letters ?? 0, wakeLateSeconds: rows[0]?.late ?? 0 }
}
