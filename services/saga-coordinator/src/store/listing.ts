import type { Concern, SagaRow, SagaStatus } from './saga-tables.ts'

export interface SagaFilter {
  readonly status?: SagaStatus | undefined
  readonly definition?: string | undefined
  /** A saga id, or the id of what the saga is about. */
  readonly correlationId?: string | undefined
  /** Only sagas of this concern. */
  readonly concern?: Concern | undefined
}

/** Where a page ended: the sort key of its last saga. */
export interface SagaPosition {
  readonly startedAtMs: number
  readonly sagaId: string
}

/** What a list shows of a saga. */
export type ListedSaga = Pick<
  SagaRow,
  'saga_id' | 'definition' | 'version' | 'status' | 'business_key' | 'started_at' | 'updated_at' | 'ended_at'
>

export interface StoredListed extends Omit<ListedSaga, 'started_at' | 'updated_at' | 'ended_at'> {
  readonly started_at: Date
  readonly updated_at: Date
  readonly ended_at: Date | null
}

export const listedOf = (row: StoredListed): ListedSaga => ({
  ...row,
  started_at: row.started_at.getTime(),
  updated_at: row.updated_at.getTime(),
  ended_at: row.ended_at?.getTime() ?? null,
})

/** Reads as many rows as sagas run, each found by its key: never more, whatever has ended. */
export const WOKEN = `task t JOIN saga s ON s.saga_id = substr(t.id, length('wake/') + 1) WHERE t.kind = 'wake'`

/** How a saga in the archive has ended. */
const ENDINGS: readonly SagaStatus[] = ['COMPLETED', 'COMPENSATED']

const DETOURS = 'saga_detour d JOIN saga s ON s.saga_id = d.saga_id WHERE d.status = $1'

/** What ended is of no concern any more. */
const concerned = (kind: Concern): string =>
  `saga_concern c JOIN saga s ON s.saga_id = c.saga_id WHERE c.kind = '${kind}' AND s.ended_at IS NULL`
const CONCERNS = { slow: concerned('slow'), stuck: concerned('stuck') }

const COLUMNS = ['saga_id', 'definition', 'version', 'status', 'business_key', 'started_at', 'updated_at', 'ended_at']

/**
 * One page of a list, newest first: a page of each place where such sagas may be, each read along an index, and of these
 * the newest. One statement, so that a saga that moves between them meanwhile is seen once. `ids` are the sagas that may be
 * shown; any, when null.
 */
export const listQuery = (
  { status, definition, concern }: SagaFilter,
  ids: readonly string[] | null,
  after: SagaPosition | undefined,
  limit: number,
): { readonly text: string; readonly values: unknown[] } => {
  const position = [after ? new Date(after.startedAtMs) : null, after?.sagaId ?? null]
  const places = concern ? [page(CONCERNS[concern], 'c')] : [...running(status, ids), ...archived(status)]
  const text = `SELECT * FROM (${places.map((place) => `(${place})`).join(' UNION ALL ')}) listed
    ORDER BY started_at DESC, saga_id DESC LIMIT $6`
  return { text, values: [status ?? null, definition ?? null, ids, ...position, limit] }
}

/** `order` is where the order is read from: it has an index, so that a page costs a page. */
const page = (from: string, order: string): string => `SELECT ${COLUMNS.map((name) => `s.${name}`).join(', ')}
  FROM ${from} AND s.definition <> '' AND ($1::text IS NULL OR s.status = $1)
    AND ($2::text IS NULL OR s.definition = $2) AND ($3::text[] IS NULL OR s.saga_id = ANY($3))
    AND ($4::timestamptz IS NULL OR (${order}.started_at, ${order}.saga_id) < ($4, $5))
  ORDER BY ${order}.started_at DESC, ${order}.saga_id DESC LIMIT $6`

const running = (status: SagaStatus | undefined, ids: readonly string[] | null): readonly string[] => {
  if (status === undefined || status === 'COMPLETED' || ids) return [page('saga s WHERE true', 's')]
  return [status === 'RUNNING' ? page(WOKEN, 's') : page(DETOURS, 'd')]
}

const archived = (status: SagaStatus | undefined): readonly string[] =>
  ENDINGS.filter((ending) => status === undefined || status === ending).map((ending) =>
    page(`saga_archive s WHERE s.status = '${ending}'`, 's'),
  )
