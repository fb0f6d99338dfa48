import { derivedId } from '@skald/messaging'
import { type Definition, type SagaState, start, step } from '@skald/saga'
import { orderSaga } from '@skald/saga-coordinator'
import type pg from 'pg'

interface StepRow {
  readonly saga_id: string
  readonly version: number
  readonly message_id: string
  readonly seq: number
  readonly type: string
  readonly causation_id: string | null
  readonly input: string
  readonly to_state: string
  readonly outputs: string
}

const STEPS = `SELECT h.saga_id, s.version, h.message_id, h.seq, h.type, h.causation_id, h.input, h.to_state, h.outputs
  FROM history h JOIN saga s ON s.saga_id = h.saga_id WHERE h.saga_id > $1 AND h.saga_id <= $2
  ORDER BY h.saga_id, h.seq`
const NEXT_CHUNK = `SELECT max(saga_id) AS upto FROM (SELECT saga_id FROM saga WHERE saga_id > $1 ORDER BY saga_id LIMIT 5000) chunk`

/** Delays do not matter to a replay, only which inputs came in which order. */
const definitions: readonly Definition[] = [orderSaga({ stepTimeoutMs: 1, undoAttempts: 1_000, undoBackoffMs: 1 })]

/** Replays every history through the pure engine: the same inputs must lead to the same states and the same outputs. */
export const illegalPaths = async (saga: pg.Client): Promise<string[]> => {
  const found: string[] = []
  for (let after = ''; ; ) {
    const { rows: chunk } = await saga.query<{ upto: string | null }>(NEXT_CHUNK, [after])
    const upto = chunk[0]?.upto
    if (upto == null) return found
    const { rows } = await saga.query<StepRow>(STEPS, [after, upto])
    for (const [sagaId, steps] of Map.groupBy(rows, ({ saga_id }) => saga_id)) found.push(...replay(sagaId, steps))
    after = upto
  }
}

const replay = (sagaId: string, steps: readonly StepRow[]): string[] => {
  const definition = definitions.find(({ version }) => version === steps[0]?.version)
  if (!definition) return []
  let state: SagaState | undefined
  for (const row of steps) {
    const result = apply(definition, sagaId, state, row)
    state = result.state
    const where = `saga ${sagaId}, entry ${row.seq} (${row.type})`
    if (canonical(state.value) !== canonical(JSON.parse(row.to_state))) {
      return [`${where}: the definition leads to ${JSON.stringify(state.value)}, the history says ${row.to_state}`]
    }
    const said = result.messages.map((message) => message.said.type)
    const recorded = (JSON.parse(row.outputs) as { type: string }[]).map(({ type }) => type)
    if (said.join() !== recorded.join())
      return [`${where}: the definition says ${said.join()}, the history ${recorded.join()}`]
  }
  return []
}

const apply = (definition: Definition, sagaId: string, state: SagaState | undefined, row: StepRow) => {
  const idOf = (ordinal: number): string => derivedId(row.message_id, ordinal)
  const data: unknown = JSON.parse(row.input)
  if (state && row.type.startsWith('timer.')) {
    const { name, arm } = data as { name: string; arm: number }
    return step(definition, state, { kind: 'timer', timer: name, arm, idOf })
  }
  const event = { kind: 'event' as const, type: row.type, data, causationId: row.causation_id ?? undefined, idOf }
  return state ? step(definition, state, event) : start(definition, { ...event, sagaId })
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
