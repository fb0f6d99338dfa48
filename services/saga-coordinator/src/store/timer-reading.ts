import type { StateValue } from '@skald/saga'
import type { Pool } from 'pg'
import type { RunningTimer, SagaRow, SagaStatus } from './saga-tables.ts'

/** Which timers of live sagas: those that fit all that is given. */
export interface TimerFilter {
  readonly sagaId?: string | undefined
  readonly definition?: string | undefined
  readonly name?: string | undefined
  /** An RFC 3339 time: due earlier than that. */
  readonly dueBefore?: string | undefined
  /** Due already, and of no saga that is paused. */
  readonly overdue?: true | undefined
}

/** Where a page ended: the sort key of its last timer. */
export interface TimerPosition {
  readonly dueAtMs: number
  readonly sagaId: string
  readonly name: string
}

export interface ListedTimer
  extends Pick<SagaRow, 'saga_id' | 'definition' | 'version' | 'updated_at'>,
    Pick<RunningTimer, 'name' | 'arm' | 'dueAtMs' | 'guards'> {
  readonly status: SagaStatus
  readonly state: StateValue
  readonly movedBy: string | null
}

/** Cold reads of timers. */
export interface TimerReading {
  /** In the order of their due times. */
  list(
    filter: TimerFilter,
    after: TimerPosition | undefined,
    limit: number,
    nowMs: number,
  ): Promise<readonly ListedTimer[]>
  /** Sagas that have such timers. */
  sagas(filter: TimerFilter, limit: number, nowMs: number): Promise<readonly string[]>
}

/*
 * Timers stand in their saga's row, where each step writes them, and in no index: one would cost each step of each saga as
 * much as the step. So a list looks at all live sagas, each found by its key.
 */
const LIVE = `WITH found AS MATERIALIZED (
    SELECT substr(id, length('wake/') + 1) AS saga_id FROM task WHERE kind = 'wake' UNION SELECT saga_id FROM saga_detour
  ) SELECT s.saga_id, s.definition, s.version, s.status, s.state, s.updated_at, t.name, t.arm, t."dueAtMs", t.guards, t."movedBy"
  FROM found, LATERAL (SELECT * FROM saga WHERE saga.saga_id = found.saga_id OFFSET 0) s,`
const OF_ONE = `SELECT s.saga_id, s.definition, s.version, s.status, s.state, s.updated_at, t.name, t.arm, t."dueAtMs", t.guards,
    t."movedBy" FROM (SELECT * FROM saga WHERE saga_id = $1) s,`
const TIMERS = `json_to_recordset(s.timers::json)
    AS t(name text, arm integer, "dueAtMs" float8, guards boolean, "movedBy" text)
  WHERE s.ended_at IS NULL AND s.definition <> '' AND s.timers <> '[]'
    AND ($1::text IS NULL OR s.saga_id = $1) AND ($2::text IS NULL OR s.definition = $2)
    AND ($3::text IS NULL OR t.name = $3) AND ($4::float8 IS NULL OR t."dueAtMs" < $4)
    AND ($5::float8 IS NULL OR t."dueAtMs" <= $5 AND s.status <> 'PAUSED')`

const from = ({ sagaId }: TimerFilter): string => `${sagaId === undefined ? LIVE : OF_ONE} ${TIMERS}`

const valuesOf = ({ sagaId, definition, name, dueBefore, overdue }: TimerFilter, nowMs: number): unknown[] => [
  sagaId ?? null,
  definition ?? null,
  name ?? null,
  dueBefore === undefined ? null : Date.parse(dueBefore),
  overdue ? nowMs : null,
]

interface StoredTimer extends Omit<ListedTimer, 'updated_at'> {
  readonly updated_at: Date
}

export const timerReading = (pool: Pool): TimerReading => ({
  async list(filter, after, limit, nowMs) {
    const text = `SELECT *, state::json -> 'value' AS state FROM (SELECT * FROM (${from(filter)}) timers
      WHERE $6::float8 IS NULL OR ("dueAtMs", saga_id, name) > ($6, $7, $8)
      ORDER BY "dueAtMs", saga_id, name LIMIT $9) page ORDER BY "dueAtMs", saga_id, name`
    const position = [after?.dueAtMs ?? null, after?.sagaId ?? null, after?.name ?? null]
    const { rows } = await pool.query<StoredTimer>(text, [...valuesOf(filter, nowMs), ...position, limit])
    return rows.map((row) => ({ ...row, updated_at: row.updated_at.getTime() }))
  },
  async sagas(filter, limit, nowMs) {
    const text = `SELECT DISTINCT saga_id FROM (${from(filter)}) timers ORDER BY saga_id LIMIT $6`
    const { rows } = await pool.query<{ readonly saga_id: string }>(text, [...valuesOf(filter, nowMs), limit])
    return rows.map(({ saga_id }) => saga_id)
  },
})
