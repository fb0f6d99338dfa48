import type { Said } from '@skald/messaging'
import { derivedId } from '@skald/messaging'
import type { Definitions } from './definitions.ts'
import type { ListedSaga } from './store/listing.ts'
import type { HistoryRow, SagaRow } from './store/saga-tables.ts'
import { waitingFor } from './waiting-for.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

/** A saga as GET /sagas/{sagaId} shows it. */
export const sagaView = (row: SagaRow, steps: readonly HistoryRow[], definitions: Definitions) => ({
  sagaId: row.saga_id,
  definition: row.definition,
  version: row.version,
  status: row.status,
  state: row.state?.value ?? null,
  correlationId: row.saga_id,
  businessKey: row.business_key,
  context: row.state?.context ?? {},
  waitingFor: waitingFor(row, definitions, steps),
  timers: row.timers.map(({ name, arm, dueAtMs, movedBy }) => ({
    name,
    dueAt: iso(dueAtMs),
    arm,
    ...(movedBy && { movedBy }),
  })),
  startedAt: iso(row.started_at),
  updatedAt: iso(row.updated_at),
  ...(row.ended_at !== null && { endedAt: iso(row.ended_at) }),
  history: steps.map(stepView),
})

const stepView = ({ seq, at, message_id, type, from_state, to_state, outputs, note }: HistoryRow) => ({
  seq,
  at: iso(at),
  messageId: message_id,
  type,
  from: from_state,
  to: to_state,
  sent: outputs.map((said: Said, ordinal) => ({ messageId: derivedId(message_id, ordinal), type: said.type })),
  ...(note !== null && { note }),
})

export const listView = (row: ListedSaga) => ({
  sagaId: row.saga_id,
  definition: row.definition,
  version: row.version,
  status: row.status,
  correlationId: row.saga_id,
  businessKey: row.business_key,
  startedAt: iso(row.started_at),
  updatedAt: iso(row.updated_at),
  ...(row.ended_at !== null && { endedAt: iso(row.ended_at) }),
})
