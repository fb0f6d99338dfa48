import type { SagaClient } from '@skald/database/saga'
import type { Pool } from 'pg'
import type { BulkAction, BulkFilter, BulkSaga } from './bulk-tables.ts'

/** Cold reads for bulk actions. */
export interface BulkReading {
  /** The next candidates of a filter, in the order of their ids; only a saga itself tells its state and effects. */
  candidates(filter: BulkFilter, afterId: string, limit: number): Promise<readonly string[]>
  find(bulkId: string): Promise<BulkAction | undefined>
  /** Newest first: ids hold their times. */
  list(beforeId: string | undefined, limit: number): Promise<readonly BulkAction[]>
  sagas(
    bulkId: string,
    result: BulkSaga['result'] | undefined,
    after: number,
    limit: number,
  ): Promise<readonly BulkSaga[]>
}

/**
 * Sagas that have not ended: those that are to be woken, and those off the straight road. Each is then looked up by its key,
 * whatever the planner believes of tables that grew this moment: it joined ten thousand with ten thousand row by row.
 */
const LIVE = `WITH found AS MATERIALIZED (
    SELECT substr(id, length('wake/') + 1) AS saga_id FROM task WHERE kind = 'wake' UNION SELECT saga_id FROM saga_detour
  ) SELECT s.saga_id FROM found, LATERAL (SELECT * FROM saga WHERE saga.saga_id = found.saga_id OFFSET 0) s
  WHERE s.ended_at IS NULL AND s.definition <> '' AND found.saga_id > $1
    AND ($2::text IS NULL OR s.status = $2) AND ($3::text IS NULL OR s.definition = $3)
    AND ($4::int IS NULL OR s.version = $4)
    AND ($5::timestamptz IS NULL OR s.started_at > $5) AND ($6::timestamptz IS NULL OR s.started_at < $6)
  ORDER BY s.saga_id LIMIT $7`

export const bulkReading = (client: SagaClient, pool: Pool): BulkReading => ({
  async candidates({ status, definition, version, startedAfter, startedBefore }, afterId, limit) {
    const filter = [status, definition, version, startedAfter, startedBefore].map((each) => each ?? null)
    const { rows } = await pool.query<{ readonly saga_id: string }>(LIVE, [afterId, ...filter, limit])
    return rows.map(({ saga_id }) => saga_id)
  },
  async find(bulkId) {
    const row = await client.bulkAction.findUnique({ where: { bulk_id: bulkId } })
    return row ? actionOf(row) : undefined
  },
  async list(beforeId, limit) {
    const where = beforeId === undefined ? {} : { bulk_id: { lt: beforeId } }
    const rows = await client.bulkAction.findMany({ where, orderBy: { bulk_id: 'desc' }, take: limit })
    return rows.map(actionOf)
  },
  async sagas(bulkId, result, after, limit) {
    const where = { bulk_id: bulkId, ordinal: { gt: after }, ...(result && { result }) }
    const rows = await client.bulkSaga.findMany({ where, orderBy: { ordinal: 'asc' }, take: limit })
    return rows.map((row) => ({ ...row, result: row.result as BulkSaga['result'] }))
  },
})

type StoredAction = NonNullable<Awaited<ReturnType<SagaClient['bulkAction']['findUnique']>>>

// Our own program wrote these columns.
const actionOf = (row: StoredAction): BulkAction => ({
  ...row,
  action: row.action as BulkAction['action'],
  status: row.status as BulkAction['status'],
  filter: JSON.parse(row.filter) as BulkFilter,
  prepared_at: row.prepared_at.getTime(),
  updated_at: row.updated_at.getTime(),
  ended_at: row.ended_at?.getTime() ?? null,
})
