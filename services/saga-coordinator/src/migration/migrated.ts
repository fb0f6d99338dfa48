import { derivedId } from '@skald/messaging'
import { type Definition, type Migration, migrate, type PastStep, type StateMapping, status } from '@skald/saga'
import type { HistoryRow, RunningTimer, SagaRow } from '../store/saga-tables.ts'

/** From which version to which, and where sagas go on whose history would have gone another way. */
export interface Move {
  readonly from: Definition
  readonly to: Definition
  readonly states: StateMapping
}

/** What becomes of a saga in the other version, by its history. */
export const weighed = (
  { from, to, states }: Move,
  row: SagaRow,
  steps: readonly HistoryRow[],
): Migration | 'unstarted' =>
  row.state === null
    ? 'unstarted'
    : migrate({ from, to, mapping: states, sagaId: row.saga_id, state: row.state, past: steps.map(pastOf) })

const pastOf = ({ message_id, type, input, causation_id, outputs }: HistoryRow): PastStep => ({
  type,
  data: input,
  causationId: causation_id ?? undefined,
  said: outputs,
  idOf: (ordinal) => derivedId(message_id, ordinal),
})

/** The saga in the other version. Undefined when it cannot be there. What it asked, and when, stays. */
export const migratedRow = (
  { to }: Move,
  row: SagaRow,
  migration: Migration | 'unstarted',
  nowMs: number,
): SagaRow | undefined => {
  const { version, hash } = to
  const next = { ...row, version, hash, revision: row.revision + 1 }
  // One whose start a pause holds back has no state yet, and starts in the other version.
  if (migration === 'unstarted') return next
  if (!('state' in migration)) return undefined
  const { state, startTimers } = migration
  const started = startTimers.map(({ name, arm, delayMs, guards }) => ({
    name,
    arm,
    startedAtMs: nowMs,
    dueAtMs: nowMs + delayMs,
    guards,
  }))
  const isPaused = row.status === 'PAUSED'
  return {
    ...next,
    state,
    status: isPaused ? row.status : status(to, state),
    asked: row.asked.filter(({ commandId }) => state.waiting.some(({ id }) => id === commandId)),
    timers: [...row.timers.flatMap((timer) => kept(timer, state.armed)), ...started],
    // Of a paused saga it says since when it is.
    updated_at: isPaused ? row.updated_at : nowMs,
  }
}

/** The same start of a timer may have another number in the other version, which counts its own. */
const kept = (timer: RunningTimer, armed: Readonly<Record<string, number>>): readonly RunningTimer[] => {
  const arm = armed[timer.name]
  return arm === undefined ? [] : [{ ...timer, arm }]
}
