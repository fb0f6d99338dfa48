import type { Pool } from 'pg'

/* Partitions of the archive, one a month by the time of the end: `saga_archive_2026_11`, and the default one for all others. */

type Queries = Pick<Pool, 'query'>
type Report = (error: unknown, month: string) => void

/** Any number that nothing else locks in the coordinator's database. */
const MONTHS_LOCK = 1_852_400_234

/** The month before, this one and the next: what is older goes to the default one, which only a first archiving meets. */
const MONTHS = `SELECT to_char(month, 'YYYY_MM') AS name, month::text AS "from", (month + interval '1 month')::text AS "to"
  FROM generate_series(-1, 1) n,
  LATERAL (SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month' AS month) m`

interface Month {
  readonly name: string
  readonly from: string
  readonly to: string
}

/**
 * A month that cannot be made is told, and no more: its sagas go to the default partition, where they are found, and
 * forgotten, all the same.
 */
export const ensureMonths = async (pool: Queries, report: Report): Promise<void> => {
  const { rows } = await pool.query<Month>(MONTHS)
  for (const { name, from, to } of rows) {
    // Both run as one transaction. The lock keeps processes that start together from making the same table at once.
    await pool
      .query(
        `SELECT pg_advisory_xact_lock(${MONTHS_LOCK}); CREATE TABLE IF NOT EXISTS "saga_archive_${name}"
          PARTITION OF saga_archive FOR VALUES FROM ('${from}+00') TO ('${to}+00')`,
      )
      .catch((error: unknown) => report(error, name))
  }
}

/** Little enough to end within the statement timeout. */
const FORGOTTEN_AT_ONCE = 5_000

/** Months of which even the last day is older. */
const OLD_MONTHS = `SELECT name FROM (
    SELECT relid::regclass::text AS name FROM pg_partition_tree('saga_archive') WHERE isleaf) leaf
  WHERE name ~ '^saga_archive_\\d{4}_\\d{2}$'
    AND (to_date(substr(name, 14), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= now() - $1 * interval '1 day'`

const namesOf = (gone: string): string =>
  `DELETE FROM saga_subject n USING ${gone} g
    WHERE n.subject = ANY(ARRAY['/' || g.saga_id, g.definition || '/' || g.business_key]) AND n.saga_id = g.saga_id`

const FORGET_NAMES = (partition: string): string => `WITH chunk AS MATERIALIZED (
    SELECT saga_id, definition, business_key FROM "${partition}" WHERE saga_id > $1 ORDER BY saga_id LIMIT $2),
  gone AS (${namesOf('chunk')})
  SELECT max(saga_id) AS last FROM chunk`

const FORGET_REST = `WITH chunk AS (
    DELETE FROM saga_archive_default WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM saga_archive_default WHERE ended_at < now() - $1 * interval '1 day' LIMIT $2))
    RETURNING saga_id, definition, business_key),
  gone AS (${namesOf('chunk')})
  SELECT count(*)::int AS count FROM chunk`

/**
 * Forgets sagas that ended more than `keepDays` ago, a month at a time: their names, then the partition. After it a start
 * under one of those names starts a saga; so `keepDays` must exceed what a broker keeps.
 */
export const dropMonthsBefore = async (pool: Queries, keepDays: number, report: Report): Promise<void> => {
  const { rows } = await pool.query<{ name: string }>(OLD_MONTHS, [keepDays])
  for (const { name } of rows) await dropMonth(pool, name).catch((error: unknown) => report(error, name))
  for (let forgotten = FORGOTTEN_AT_ONCE; forgotten === FORGOTTEN_AT_ONCE; ) {
    const rest = await pool.query<{ count: number }>(FORGET_REST, [keepDays, FORGOTTEN_AT_ONCE])
    forgotten = rest.rows[0]?.count ?? 0
  }
}

const dropMonth = async (pool: Queries, partition: string): Promise<void> => {
  const sql = FORGET_NAMES(partition)
  for (let after: string | null = ''; after !== null; ) {
    const chunk: { rows: { last: string | null }[] } = await pool.query(sql, [after, FORGOTTEN_AT_ONCE])
    after = chunk.rows[0]?.last ?? null
  }
  await pool.query(`DROP TABLE IF EXISTS "${partition}"`)
}
