import type { SagaClient } from '@skald/database/saga'
import { type HistoryRow, type SagaListRow, type SagaRow, type SagaStatus, subjectKey } from './saga-tables.ts'

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
  list(filter: SagaFilter, after: SagaPosition | undefined, limit: number): Promise<readonly SagaListRow[]>
  live(): Promise<readonly LiveSagas[]>
}

export const sagaReading = (client: SagaClient, definitionNames: readonly string[]): SagaReading => ({
  async saga(sagaId) {
    const row = await client.saga.findUnique({ where: { saga_id: sagaId } })
    // A row without a definition only holds messages of a saga that has not started.
    return row === null || row.definition === '' ? undefined : sagaOf(row)
  },
  async history(sagaId) {
    const rows = await client.history.findMany({ where: { saga_id: sagaId }, orderBy: { seq: 'asc' } })
    return rows.map(stepOf)
  },
  async list({ status, definition, correlationId }, after, limit) {
    const startedAt = new Date(after?.startedAtMs ?? 0)
    const ids = correlationId ? await idsOf(client, definitionNames, correlationId) : undefined
    const rows = await client.sagaList.findMany({
      where: {
        ...(status && { status }),
        ...(definition && { definition }),
        AND: [
          ids ? { saga_id: { in: ids } } : {},
          after
            ? { OR: [{ started_at: { lt: startedAt } }, { started_at: startedAt, saga_id: { lt: after.sagaId } }] }
            : {},
        ],
      },
      orderBy: [{ started_at: 'desc' }, { saga_id: 'desc' }],
      take: limit,
    })
    return rows.map(({ started_at, updated_at, ended_at, status: stored, ...row }) => ({
      ...row,
      status: stored as SagaStatus,
      started_at: started_at.getTime(),
      updated_at: updated_at.getTime(),
      ended_at: ended_at?.getTime() ?? null,
    }))
  },
  async live() {
    const groups = await client.sagaList.groupBy({
      by: ['definition', 'version'],
      where: { ended_at: null },
      _count: { _all: true },
    })
    return groups.map(({ definition, version, _count }) => ({ definition, version, count: _count._all }))
  },
})

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
