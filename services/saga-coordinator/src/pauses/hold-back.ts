import { type Answer, derivedId, type Message } from '@skald/messaging'
import { type Definition, isInside, type SagaState } from '@skald/saga'
import { type Advanced, MAX_HISTORY } from '../advance.ts'
import { paused } from '../operator/pausing.ts'
import type { StepPause } from '../store/pause-table.ts'
import type { HeldMessage, SagaRow } from '../store/saga-tables.ts'

/** A saga that is held back looks again after this share of the time for which it has been, */
const LOOK_AGAIN = 0.25
/** within these bounds: who resumes a step wakes all of them at once; this is for when that was lost. */
const MIN_LOOK_MS = 1_000
const MAX_LOOK_MS = 60_000

/** The pause that keeps a saga from saying what a step says, or from doing anything at all. */
export const pauseOf = (
  pauses: readonly StepPause[],
  definition: Definition,
  before: SagaRow,
  { row, says }: Pick<Advanced, 'row' | 'says'>,
): StepPause | undefined =>
  // What comes late for a saga that has ended is only written down.
  // The two entries of a pause must not be those that fill the history: a saga in circles stops by itself.
  before.ended_at !== null || row.revision + 2 >= MAX_HISTORY
    ? undefined
    : pauses.find(({ step }) => step === '' || (says.length > 0 && isIn(definition, row.state, step)))

/** The pause that covers where a saga is. */
export const pauseAt = (pauses: readonly StepPause[], definition: Definition, row: SagaRow): StepPause | undefined =>
  row.revision + 2 >= MAX_HISTORY
    ? undefined
    : pauses.find(({ step }) => step === '' || isIn(definition, row.state, step))

const isIn = (definition: Definition, state: SagaState | null, step: string): boolean =>
  state !== null && isInside(definition, state, step)

/** The saga, held back by a pause with what it has not heard yet, and the entry that says so. */
export const heldBack = (
  row: SagaRow,
  { id, step, sinceMs, actor, reason }: StepPause,
  held: readonly HeldMessage[],
  nowMs: number,
): { readonly row: SagaRow; readonly entry: Answer } => {
  const what = step === '' ? 'all sagas of its kind' : `step ${step}`
  const { row: after, says, record } = paused(row, nowMs)
  const note = `${actor}: ${reason} (${what})`
  return {
    // Its times stop as the pause began, not as that reached it.
    row: { ...after, held, paused_by: id, updated_at: Math.max(row.updated_at, Math.min(sinceMs, nowMs)) },
    entry: { to: entryOf(row, 'pause', nowMs, { pausedBy: id }), digest: '', says, record: { ...record, note } },
  }
}

/** The entry of the history that is no message: under an id of its own, the same in every try. */
export const entryOf = (
  { saga_id, business_key, revision }: SagaRow,
  what: 'pause' | 'resume',
  nowMs: number,
  data: object = {},
): Message => ({
  id: derivedId(`${saga_id}/${what}`, revision),
  type: `operator.${what}`,
  source: '/saga-coordinator',
  subject: business_key,
  time: new Date(nowMs).toISOString(),
  correlationId: saga_id,
  data,
})

export const lookAgainAtMs = ({ updated_at }: SagaRow, nowMs: number): number =>
  // Whole milliseconds: tables keep no parts of them.
  Math.ceil(nowMs + Math.min(MAX_LOOK_MS, Math.max(MIN_LOOK_MS, (nowMs - updated_at) * LOOK_AGAIN)))
