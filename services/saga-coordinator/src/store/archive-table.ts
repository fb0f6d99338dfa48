import { type Said, type Table, table } from '@skald/messaging'
import type { SagaState, StateValue } from '@skald/saga'
import type { HistoryRow, SagaRow, SagaStatus } from './saga-tables.ts'

/** A saga that ended long ago: all of it in one row, outside the tables that every step writes. */
export interface ArchivedSaga {
  readonly saga_id: string
  readonly definition: string
  readonly version: number
  readonly status: SagaStatus
  readonly business_key: string
  readonly revision: number
  readonly started_at: number
  readonly updated_at: number
  readonly ended_at: number
  readonly body: ArchivedBody
}

/** What no list shows. One text, so that it compresses well. */
export interface ArchivedBody {
  readonly hash: string
  readonly state: SagaState | null
  readonly steps: readonly ArchivedStep[]
}

/** A line of the history, in the order of its columns: names of fields would be a third of the text. */
export type ArchivedStep = readonly [
  seq: number,
  atMs: number,
  messageId: string,
  type: string,
  causationId: string | null,
  input: unknown,
  from: StateValue | null,
  to: StateValue | null,
  outputs: readonly Said[],
  note: string | null,
  digest: string,
]

export const archivedSagas: Table<ArchivedSaga> = table<ArchivedSaga>({
  name: 'saga_archive',
  key: 'saga_id',
  columns: {
    saga_id: 'text',
    definition: 'text',
    version: 'integer',
    status: 'text',
    business_key: 'text',
    revision: 'integer',
    started_at: 'time',
    updated_at: 'time',
    ended_at: 'time',
    body: 'json',
  },
})

/** The saga's row as it was. It had ended: nothing was asked, held or to be woken for. */
export const sagaOfArchived = ({ body: { hash, state }, ...row }: ArchivedSaga): SagaRow => ({
  ...row,
  hash,
  state,
  asked: [],
  timers: [],
  held: [],
  paused_by: null,
  watched: [],
  wake_at: null,
})

export const historyOfArchived = ({ saga_id, body }: ArchivedSaga): readonly HistoryRow[] =>
  body.steps.map((step) => stepOfArchived(saga_id, step))

const stepOfArchived = (saga_id: string, step: ArchivedStep): HistoryRow => {
  const [seq, at, message_id, type, causation_id, input, from_state, to_state, outputs, note, digest] = step
  return { message_id, saga_id, seq, at, type, causation_id, input, from_state, to_state, outputs, note, digest }
}
