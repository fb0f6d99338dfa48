import type { Pool } from 'pg'
import type { WalkPosition } from './archive.ts'

/** A page of a walk over all sagas. */
export interface Looked {
  /** Sagas that should have been woken long ago, or that nothing will wake. */
  readonly sagaIds: readonly string[]
  /** Where the walk goes on; undefined when it is at its end. */
  readonly next: WalkPosition | undefined
}

export interface LostWakes {
  find(from: WalkPosition | undefined, limit: number, stuckAfterMs: number): Promise<Looked>
}

/* While due wakes wait to be taken, one that is late is not lost: nothing is looked for. */
const FIND = `WITH page AS MATERIALIZED (
    SELECT saga_id, started_at, definition, status, paused_by, wake_at, ended_at, asked <> '[]' OR timers <> '[]' AS waits FROM saga
    WHERE ($1::timestamptz IS NULL OR (started_at, saga_id) > ($1, $2))
      AND NOT EXISTS (SELECT 1 FROM task WHERE kind = 'wake' AND due_at < now() - $4 * interval '1 millisecond')
    ORDER BY started_at, saga_id LIMIT $3)
  SELECT coalesce(array_agg(saga_id) FILTER (WHERE ended_at IS NULL AND definition <> '' AND (status <> 'PAUSED' OR paused_by IS NOT NULL)
      AND (wake_at < now() - $4 * interval '1 millisecond' OR wake_at IS NULL AND waits)), '{}') AS "sagaIds",
    count(*)::int AS seen, (array_agg(started_at::text ORDER BY started_at DESC, saga_id DESC))[1] AS "startedAt",
    (array_agg(saga_id ORDER BY started_at DESC, saga_id DESC))[1] AS "sagaId"
  FROM page`

interface Stored {
  readonly sagaIds: string[]
  readonly seen: number
  readonly startedAt: string | null
  readonly sagaId: string | null
}

export const lostWakes = (pool: Pick<Pool, 'query'>): LostWakes => ({
  async find(from, limit, stuckAfterMs) {
    const values = [from?.startedAt ?? null, from?.sagaId ?? null, limit, stuckAfterMs]
    const { rows } = await pool.query<Stored>(FIND, values)
    const { sagaIds = [], seen = 0, startedAt = null, sagaId = null } = rows[0] ?? {}
    const isLast = seen < limit || startedAt === null || sagaId === null
    return { sagaIds, next: isLast ? undefined : { startedAt, sagaId } }
  },
})
