import { type Definition, type SagaStatus, type StateValue, status } from '@skald/saga'
import type { HistoryRow, SagaRow } from '../store/saga-tables.ts'

/* What a history tells about how a saga came to where it is. */

/** The entry that decided something, and why, in its own words. */
export interface Cause {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly reason: string
}

const causeOf = (step: HistoryRow): Cause => ({
  seq: step.seq,
  at: new Date(step.at).toISOString(),
  type: step.type,
  reason: reasonOf(step),
})

/** An operator's note says who; what a message gives as its reason; a timer stands for a silence. */
const reasonOf = ({ type, note, input }: HistoryRow): string => {
  if (note !== null) return note
  const { reason } = (typeof input === 'object' && input !== null ? input : {}) as { readonly reason?: unknown }
  if (typeof reason === 'string') return reason
  return type.startsWith('timer.') ? 'no answer in time' : 'no reason given'
}

/** The status by the chart alone, so that a pause does not hide it. */
const statusAt = (definition: Definition, value: StateValue, isEnded = false): SagaStatus => {
  const rest = { context: {}, armed: {}, arms: 0, waiting: [] }
  return status(definition, { ...rest, value, status: isEnded ? 'done' : 'active' })
}

const isUndone = (definition: Definition, { to_state }: HistoryRow): boolean =>
  to_state !== null && ['COMPENSATING', 'COMPENSATED'].includes(statusAt(definition, to_state))

/** Why the saga is undone: what made it leave the straight road. */
export const causeOfUndoing = (definition: Definition, steps: readonly HistoryRow[]): Cause | undefined => {
  const turned = steps.find((step) => isUndone(definition, step) || isFirstAttention(definition, step, steps))
  return turned && causeOf(turned)
}

/** A state that needs a person hides that it is undone. */
const isFirstAttention = (definition: Definition, step: HistoryRow, steps: readonly HistoryRow[]): boolean =>
  step.to_state !== null &&
  statusAt(definition, step.to_state) === 'NEEDS_ATTENTION' &&
  steps.some((other) => isUndone(definition, other))

/** The last entry that moved it. */
export const lastMove = (steps: readonly HistoryRow[]): Cause | undefined => {
  const moved = steps.findLast(({ from_state, to_state }) => !isSame(from_state, to_state))
  return moved && causeOf(moved)
}

const isSame = (one: StateValue | null, other: StateValue | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/** What operators did, in order. */
export const operatorsDid = (steps: readonly HistoryRow[]): readonly Cause[] =>
  steps.filter(({ type }) => type.startsWith('operator.')).map(causeOf)

/** Since when it has had the status that it has. */
export const statusSinceMs = (
  row: SagaRow,
  definition: Definition | undefined,
  steps: readonly HistoryRow[],
): number => {
  if (row.status === 'PAUSED' || !definition) return row.updated_at
  const entered = steps.findLast(
    ({ from_state, to_state }) =>
      to_state !== null &&
      statusAt(definition, to_state) === row.status &&
      (from_state === null || statusAt(definition, from_state) !== row.status),
  )
  return entered?.at ?? row.started_at
}
