import type { Pool } from 'pg'
import { dropMonthsBefore, ensureMonths } from './archive-months.ts'

/** How far a walk over the sagas came: the last one looked at. */
export interface WalkPosition {
  /** As the store writes it. */
  readonly startedAt: string
  readonly sagaId: string
}

export interface Walked {
  readonly archived: number
  /** Where the walk goes on; undefined when it is at its end. */
  readonly next: WalkPosition | undefined
}

/** Where ended sagas go, and are forgotten. */
export interface Archive {
  /**
   * Looks at `limit` sagas, oldest first, and archives those of them that ended and were left alone for `afterMs`. What
   * somebody holds this moment stays. Any number of processes may do it at once.
   */
  archive(from: WalkPosition | undefined, limit: number, afterMs: number): Promise<Walked>
  /** Makes room for the months to come, and forgets what ended so many days ago; nothing, when not given. */
  keepMonths(keepDays: number | undefined): Promise<void>
}

/*
 * One statement, one transaction. The sagas are locked first, as a message would lock them; one that is locked is left
 * for the next time. What committed between the statement's beginning and its lock is seen in the saga's row and not in
 * the history: such a saga has another revision than entries, and is left, too.
 */
const ARCHIVE = `WITH page AS MATERIALIZED (
    SELECT saga_id, started_at FROM saga
    WHERE ($1::timestamptz IS NULL OR (started_at, saga_id) > ($1, $2))
      AND started_at < now() - $4 * interval '1 millisecond'
    ORDER BY started_at, saga_id LIMIT $3),
  idle AS MATERIALIZED (
    SELECT s.* FROM page JOIN saga s ON s.saga_id = page.saga_id
    WHERE s.ended_at IS NOT NULL AND s.updated_at < now() - $4 * interval '1 millisecond' AND s.held = '[]'
    FOR UPDATE OF s SKIP LOCKED),
  whole AS MATERIALIZED (
    SELECT idle.*, past.steps FROM idle CROSS JOIN LATERAL (
      SELECT count(*) AS entries, string_agg(json_build_array(seq, (date_part('epoch', at) * 1000)::bigint, message_id,
        type, causation_id, input::json, from_state::json, to_state::json, outputs::json, note, digest)::text,
        ',' ORDER BY seq) AS steps
      FROM history WHERE history.saga_id = idle.saga_id) past
    WHERE past.entries = idle.revision),
  kept AS (
    INSERT INTO saga_archive (saga_id, definition, version, status, business_key, revision, started_at, updated_at,
      ended_at, body)
    SELECT saga_id, definition, version, status, business_key, revision, started_at, updated_at, ended_at,
      '{"hash":' || to_json(hash) || ',"state":' || state || ',"steps":[' || steps || ']}' FROM whole),
  named AS (
    INSERT INTO saga_subject (subject, saga_id) SELECT '/' || saga_id, saga_id FROM whole ON CONFLICT DO NOTHING),
  unlisted AS (DELETE FROM saga_detour d USING whole WHERE d.saga_id = whole.saga_id),
  unwritten AS (DELETE FROM history h USING whole WHERE h.saga_id = whole.saga_id),
  gone AS (DELETE FROM saga s USING whole WHERE s.saga_id = whole.saga_id RETURNING 1)
  SELECT (SELECT count(*)::int FROM gone) AS archived, last.started_at::text AS "startedAt", last.saga_id AS "sagaId"
    FROM (SELECT count(*) AS seen FROM page) counted
    LEFT JOIN LATERAL (SELECT * FROM page ORDER BY started_at DESC, saga_id DESC LIMIT 1) last ON counted.seen = $3`

interface Looked {
  readonly archived: number
  /** Null on the last page. */
  readonly startedAt: string | null
  readonly sagaId: string | null
}

export const sagaArchive = (pool: Pick<Pool, 'query'>, report: (error: unknown, month: string) => void): Archive => ({
  async archive(from, limit, afterMs) {
    const values = [from?.startedAt ?? null, from?.sagaId ?? null, limit, afterMs]
    const { rows } = await pool.query<Looked>(ARCHIVE, values)
    const { archived = 0, startedAt = null, sagaId = null } = rows[0] ?? {}
    return { archived, next: startedAt === null || sagaId === null ? undefined : { startedAt, sagaId } }
  },
  async keepMonths(keepDays) {
    await ensureMonths(pool, report)
    if (keepDays !== undefined) await dropMonthsBefore(pool, keepDays, report)
  },
})
