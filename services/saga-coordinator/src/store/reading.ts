import type { SagaClient } from '@skald/database/saga'
import type { Pool } from 'pg'
import { type HistoryRow, type SagaRow, type SagaStatus, subjectKey } from './saga-tables.ts'

export interface SagaFilter {
  readonly status?: SagaStatus | undefined
  readonly definition?: string | undefined
  /** A saga id, or the id of what the saga is about. */
  readonly correlationId?: string | undefined
}

/** Where a page ended: the sort key of its last saga. */
export interface SagaPosition {
  readonly startedAtMs: number
  readonly sagaId: string
}

export interface LiveSagas {
  readonly definition: string
  readonly version: number
  readonly count: number
}

/** Cold reads of the coordinator: what a person or another service looks at, never what a step decides by. */
export interface SagaReading {
  saga(sagaId: string): Promise<SagaRow | undefined>
  /** In order; bounded by what a saga's history may hold. */
  history(sagaId: string): Promise<readonly HistoryRow[]>
  /** Newest first. */
  list(filter: SagaFilter, after: SagaPosition | undefined, limit: number): Promise<readonly SagaRow[]>
  live(): Promise<readonly LiveSagas[]>
}

/*
 * A status is not among the saga's indexes, since each change of it would move the row. Sagas off the straight road have a
 * list of their own; those that run have a wake task; completed ones are found walking all sagas, newest first.
 */
export const sagaReading = (client: SagaClient, pool: Pool, definitionNames: readonly string[]): SagaReading => ({
  async saga(sagaId) {
    const row = await client.saga.findUnique({ where: { saga_id: sagaId } })
    // A row without a definition only holds messages of a saga that has not started.
    return row === null || row.definition === '' ? undefined : sagaOf(row)
  },
  async history(sagaId) {
    const rows = await client.history.findMany({ where: { saga_id: sagaId }, orderBy: { seq: 'asc' } })
    return rows.map(stepOf)
  },
  async list(filter, after, limit) {
    const { status, definition, correlationId } = filter
    if (status && status !== 'COMPLETED' && !correlationId) {
      const values = [
        status,
        definition ?? null,
        after ? new Date(after.startedAtMs) : null,
        after?.sagaId ?? null,
        limit,
      ]
      const { rows } = await pool.query<StoredSaga>(status === 'RUNNING' ? RUNNING : DETOURS, values)
      return rows.map(sagaOf)
    }
    const ids = correlationId && (await idsOf(client, definitionNames, correlationId))
    const rows = await client.saga.findMany({
      where: {
        ...behind(after),
        ...(status && { status }),
        definition: definition ?? { not: '' },
        ...(ids && { saga_id: { in: ids } }),
      },
      orderBy: NEWEST_FIRST,
      take: limit,
    })
    return rows.map(sagaOf)
  },
  async live() {
    const { rows } = await pool.query<LiveSagas>(LIVE)
    return rows
  },
})

const NEWEST_FIRST = [{ started_at: 'desc' as const }, { saga_id: 'desc' as const }]

/** The first condition says less than the second, but it alone bounds where the index is read. */
const behind = (after: SagaPosition | undefined) => {
  if (!after) return {}
  const started_at = new Date(after.startedAtMs)
  return {
    started_at: { lte: started_at },
    AND: { OR: [{ started_at: { lt: started_at } }, { saga_id: { lt: after.sagaId } }] },
  }
}

/** `list` is where the order is read from: for detours it has an index, so that a page costs a page. */
const page = (list: 's' | 'd') => `s.status = $1 AND ($2::text IS NULL OR s.definition = $2)
    AND ($3::timestamptz IS NULL OR (${list}.started_at, ${list}.saga_id) < ($3, $4))
  ORDER BY ${list}.started_at DESC, ${list}.saga_id DESC LIMIT $5`

/** Reads as many rows as sagas run, each found by its key: never more, whatever has ended. */
const WOKEN = `task t JOIN saga s ON s.saga_id = substr(t.id, length('wake/') + 1) WHERE t.kind = 'wake'`

const RUNNING = `SELECT s.* FROM ${WOKEN} AND ${page('s')}`

const DETOURS = `SELECT s.* FROM saga_detour d JOIN saga s ON s.saga_id = d.saga_id WHERE d.status = $1 AND ${page('d')}`

const LIVE = `SELECT definition, version, count(*)::int AS count FROM (
    SELECT s.saga_id, s.definition, s.version FROM ${WOKEN} AND s.ended_at IS NULL AND s.definition <> ''
    UNION
    SELECT s.saga_id, s.definition, s.version FROM saga_detour d JOIN saga s ON s.saga_id = d.saga_id
      WHERE d.status IN ('COMPENSATING', 'NEEDS_ATTENTION', 'PAUSED') AND s.ended_at IS NULL
  ) AS live GROUP BY definition, version`

/** A saga id as it is, and the sagas of that subject in every definition. */
const idsOf = async (client: SagaClient, definitionNames: readonly string[], id: string): Promise<string[]> => {
  const subject = { in: definitionNames.map((name) => subjectKey(name, id)) }
  const rows = await client.sagaSubject.findMany({ where: { subject } })
  return [id, ...rows.map(({ saga_id }) => saga_id)]
}

type StoredSaga = NonNullable<Awaited<ReturnType<SagaClient['saga']['findUnique']>>>
type StoredStep = NonNullable<Awaited<ReturnType<SagaClient['history']['findUnique']>>>

// Our own program wrote these columns as JSON of the very types they are read as.
const sagaOf = (row: StoredSaga): SagaRow => ({
  ...row,
  status: row.status as SagaStatus,
  state: JSON.parse(row.state) as SagaRow['state'],
  asked: JSON.parse(row.asked) as SagaRow['asked'],
  timers: JSON.parse(row.timers) as SagaRow['timers'],
  held: JSON.parse(row.held) as SagaRow['held'],
  wake_at: row.wake_at?.getTime() ?? null,
  started_at: row.started_at.getTime(),
  updated_at: row.updated_at.getTime(),
  ended_at: row.ended_at?.getTime() ?? null,
})

const stepOf = (row: StoredStep): HistoryRow => ({
  ...row,
  at: row.at.getTime(),
  input: JSON.parse(row.input) as unknown,
  from_state: JSON.parse(row.from_state) as HistoryRow['from_state'],
  to_state: JSON.parse(row.to_state) as HistoryRow['to_state'],
  outputs: JSON.parse(row.outputs) as HistoryRow['outputs'],
})
