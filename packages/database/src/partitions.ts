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

/** Drops the partitions of days before `oldest`: what was handled then can no longer come again. */
export const dropInboxPartitions = async (
  pool: pg.Pool,
  oldest: number,
  onFailure: (day: number, error: unknown) => void = () => undefined,
): Promise<void> => {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT relid::regclass::text AS name FROM pg_partition_tree('inbox') WHERE isleaf`,
  )
  for (const { name } of rows) {
    const day = dayOf(name)
    if (day === undefined || day >= oldest) continue
    try {
      await pool.query(`DROP TABLE IF EXISTS "inbox_${day}"`)
    } catch (error) {
      onFailure(day, error)
    }
  }
}

const PARTITION = /^inbox_(\d+)$/
const dayOf = (name: string): number | undefined => {
  const day = PARTITION.exec(name)?.[1]
  return day === undefined ? undefined : Number(day)
}

const partitionSql = (day: number): string => {
  if (!Number.isSafeInteger(day) || day < 0) throw new Error(`a day is counted from the epoch, not ${day}`)
  return `CREATE TABLE IF NOT EXISTS "inbox_${day}" PARTITION OF inbox FOR VALUES FROM (${day}) TO (${day + 1})`
}
