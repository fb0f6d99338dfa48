import type pg from 'pg'

/**
 * Makes the inbox partitions of `today` and the `daysAhead` days after it, days counted from the epoch as in the
 * bucket column. What has no partition goes to the default one, so a failure here harms nothing but the later
 * dropping of old rows: it is told to `onFailure` and the service runs on. It fails, for example, for a day for which
 * the default partition holds rows already: an id may carry any time, also one of next year.
 */
export const ensureInboxPartitions = async (
  pool: pg.Pool,
  today: number,
  daysAhead: number,
  onFailure: (day: number, error: unknown) => void = () => undefined,
): Promise<void> => {
  for (let day = today; day <= today + daysAhead; day++) {
    try {
      await pool.query(partitionSql(day))
    } catch (error) {
      onFailure(day, error)
    }
  }
}

/**
 * Forgets what was handled before the day `oldest`: drops the partitions of earlier days, and deletes rows of the
 * default one by the time they were handled, as their ids say nothing about it. Call it with a day so long ago that
 * nothing from before can still come again.
 */
export const dropInboxBefore = async (
  pool: pg.Pool,
  oldest: number,
  onFailure: (day: number, error: unknown) => void = () => undefined,
): Promise<void> => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relid::regclass::text AS name FROM pg_partition_tree('inbox') WHERE isleaf`,
  )
  for (const { name } of rows) {
    const day = dayOfPartition(name)
    if (day === undefined || day >= oldest) continue
    try {
      await pool.query(`DROP TABLE IF EXISTS "inbox_${day}"`)
    } catch (error) {
      onFailure(day, error)
    }
  }
  for (let deleted = DELETED_AT_ONCE; deleted === DELETED_AT_ONCE; )
    deleted = (await pool.query(DELETE_OLD, [oldest * DAY_SECONDS, DELETED_AT_ONCE])).rowCount ?? 0
}

const DAY_SECONDS = 86_400
/** Little enough to end within the statement timeout. */
const DELETED_AT_ONCE = 5_000
const DELETE_OLD = `DELETE FROM inbox_default WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM inbox_default WHERE handled_at < to_timestamp($1) ORDER BY handled_at LIMIT $2))`

const PARTITION = /^inbox_(\d+)$/
const dayOfPartition = (name: string): number | undefined => {
  const day = PARTITION.exec(name)?.[1]
  return day === undefined ? undefined : Number(day)
}

/** Any number that nothing else locks in a service's database. */
const PARTITION_LOCK = 1_852_400_233

const partitionSql = (day: number): string => {
  if (!Number.isSafeInteger(day) || day < 0) throw new Error(`a day is counted from the epoch, not ${day}`)
  // Both run as one transaction. The lock keeps processes that start together from making the same table at once.
  return `SELECT pg_advisory_xact_lock(${PARTITION_LOCK}); CREATE TABLE IF NOT EXISTS "inbox_${day}" PARTITION OF inbox FOR VALUES FROM (${day}) TO (${day + 1})`
}
