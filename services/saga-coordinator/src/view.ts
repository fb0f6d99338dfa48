import type { Said } from '@skald/messaging'
import { derivedId } from '@skald/messaging'
import { deadlineFor, person } from '@skald/saga'
import { MAX_HISTORY } from './advance.ts'
import type { Definitions } from './definitions.ts'
import type { ListedSaga } from './store/listing.ts'
import type { HistoryRow, SagaRow } from './store/saga-tables.ts'
import { askedOf } from './waking.ts'

const iso = (ms: number): string => new Date(ms).toISOString()

/** One thing a live saga waits for. */
export type WaitingFor =
  | { kind: 'message'; types: readonly string[]; since: string; nudgeAt: string; deadlineAt?: string }
  | { kind: 'timer'; name: string; dueAt: string }
  | { kind: 'person'; effect: string; amount?: { amount: number; currency: string }; reason: string }

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
  waitingFor: waitingFor(row, definitions),
  timers: row.timers.map(({ name, dueAtMs }) => ({ name, dueAt: iso(dueAtMs) })),
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

const waitingFor = (row: SagaRow, definitions: Definitions): WaitingFor[] => {
  const definition = definitions.get(row.definition, row.version)
  if (row.ended_at !== null || !row.state) return []
  if (!definition) {
    const reason = `no running coordinator knows ${row.definition} version ${row.version}; deploy one that does`
    return [{ kind: 'person', effect: 'definition', reason }]
  }
  if (row.status === 'PAUSED') {
    const reason = `it is paused since ${iso(row.updated_at)}, and ${row.held.length} messages are held; resume it`
    return [{ kind: 'person', effect: 'resume', reason }]
  }
  const { state } = row
  const messages = state.waiting.flatMap(({ id, type }): WaitingFor[] => {
    const deadline = deadlineFor(definition, state, type)
    const timer = row.timers.find(({ name }) => name === deadline)
    const asked = askedOf(row, id)
    const facts = definition.commands.get(type)
    if (!asked || !facts) return []
    return [
      {
        kind: 'message',
        types: [...facts.success, ...facts.failure],
        since: iso(asked.saidAtMs),
        nudgeAt: iso(asked.nudgeAtMs),
        ...(timer && { deadlineAt: iso(timer.dueAtMs) }),
      },
    ]
  })
  const timers = row.timers
    .filter(({ guards }) => !guards)
    .map(({ name, dueAtMs }): WaitingFor => ({ kind: 'timer', name, dueAt: iso(dueAtMs) }))
  const people = person(definition, state).map((asked): WaitingFor => ({ kind: 'person', ...asked }))
  if (row.revision >= MAX_HISTORY) {
    people.push({
      kind: 'person',
      effect: 'history',
      reason: `${MAX_HISTORY} entries are the most: it goes in circles`,
    })
  }
  return [...messages, ...timers, ...people]
}

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
