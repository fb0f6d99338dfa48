import type { SagaClient } from '@skald/database/saga'
import type { Pool } from 'pg'
import { type ArchivedSaga, historyOfArchived, sagaOfArchived } from './archive-table.ts'
import {
  type ListedSaga,
  listedOf,
  listQuery,
  type SagaFilter,
  type SagaPosition,
  type StoredListed,
  WOKEN,
} from './listing.ts'
import { type HistoryRow, type SagaRow, type SagaStatus, subjectKey } from './saga-tables.ts'

export interface LiveSagas {
  readonly definition: string
  readonly version: number
  readonly count: number
}

/** Cold reads of the coordinator: what a person or another service looks at, never what a step decides by. */
export interface SagaReading {
  saga(sagaId: string): Promise<SagaRow | undefined>
  /** How it came to what was read of it, in order: what happened since is left out, so that the two agree. */
  history(saga: Pick<SagaRow, 'saga_id' | 'revision'>): Promise<readonly HistoryRow[]>
  /** Newest first. */
  list(filter: SagaFilter, after: SagaPosition | undefined, limit: number): Promise<readonly ListedSaga[]>
  live(): Promise<readonly LiveSagas[]>
}

/*
 * A saga is where it runs, or in the archive: moved from one to the other in one transaction, so that a statement that
 * reads both finds it once. A history is never empty, so what is not in the one place is in the other.
 *
 * A status is not among the indexes of sagas that run, since each change of it would move the row. Sagas off the straight
 * road have a list of their own; those that run have a wake task; completed ones are found walking all of them, newest
 * first. In the archive nothing changes, and one index says all.
 */
export const sagaReading = (client: SagaClient, pool: Pool, definitionNames: readonly string[]): SagaReading => {
  const archived = async (sagaId: string): Promise<ArchivedSaga | undefined> => {
    const row = await client.sagaArchive.findFirst({ where: { saga_id: sagaId } })
    return row ? archivedOf(row) : undefined
  }
  const live = async (sagaId: string): Promise<SagaRow | undefined> => {
    const row = await client.saga.findUnique({ where: { saga_id: sagaId } })
    // A row without a definition only holds messages of a saga that has not started.
    return row === null || row.definition === '' ? undefined : sagaOf(row)
  }
  const liveHistory: SagaReading['history'] = async ({ saga_id, revision }) => {
    const rows = await client.history.findMany({ where: { saga_id, seq: { lte: revision } }, orderBy: { seq: 'asc' } })
    return rows.map(stepOf)
  }
  return {
    async saga(sagaId) {
      const found = (await live(sagaId)) ?? (await archived(sagaId))
      if (found) return 'body' in found ? sagaOfArchived(found) : found
      // Brought back between the two looks.
      return live(sagaId)
    },
    async history(saga) {
      const steps = await liveHistory(saga)
      if (steps.length > 0) return steps
      const found = await archived(saga.saga_id)
      return found ? historyOfArchived(found).filter(({ seq }) => seq <= saga.revision) : liveHistory(saga)
    },
    async list(filter, after, limit) {
      const { correlationId } = filter
      const ids = correlationId === undefined ? null : await idsOf(client, definitionNames, correlationId)
      const { text, values } = listQuery(filter, ids, after, limit)
      return (await pool.query<StoredListed>(text, values)).rows.map(listedOf)
    },
    async live() {
      const { rows } = await pool.query<LiveSagas>(LIVE)
      return rows
    },
  }
}

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
type StoredArchived = NonNullable<Awaited<ReturnType<SagaClient['sagaArchive']['findFirst']>>>
type StoredStep = NonNullable<Awaited<ReturnType<SagaClient['history']['findUnique']>>>

// Our own program wrote these columns as JSON of the very types they are read as.
export const sagaOf = (row: StoredSaga): SagaRow => ({
  ...row,
  status: row.status as SagaStatus,
  state: JSON.parse(row.state) as SagaRow['state'],
  asked: JSON.parse(row.asked) as SagaRow['asked'],
  timers: JSON.parse(row.timers) as SagaRow['timers'],
  held: JSON.parse(row.held) as SagaRow['held'],
  watched: JSON.parse(row.watched) as SagaRow['watched'],
  wake_at: row.wake_at?.getTime() ?? null,
  started_at: row.started_at.getTime(),
  updated_at: row.updated_at.getTime(),
  ended_at: row.ended_at?.getTime() ?? null,
})

const archivedOf = (row: StoredArchived): ArchivedSaga => ({
  ...row,
  status: row.status as SagaStatus,
  body: JSON.parse(row.body) as ArchivedSaga['body'],
  started_at: row.started_at.getTime(),
  updated_at: row.updated_at.getTime(),
  ended_at: row.ended_at.getTime(),
})

export const stepOf = (row: StoredStep): HistoryRow => ({
  ...row,
  at: row.at.getTime(),
  input: JSON.parse(row.input) as unknown,
  from_state: JSON.parse(row.from_state) as HistoryRow['from_state'],
  to_state: JSON.parse(row.to_state) as HistoryRow['to_state'],
  outputs: JSON.parse(row.outputs) as HistoryRow['outputs'],
})
