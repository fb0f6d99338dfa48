import type { Answer } from '@skald/messaging'
import { type Definition, status } from '@skald/saga'
import type { Advanced } from '../advance.ts'
import { useHeld } from '../hold.ts'
import type { StepPause } from '../store/pause-table.ts'
import type { SagaRow } from '../store/saga-tables.ts'
import type { Patience } from '../waking.ts'

/*
 * A pause concerns the coordinator alone, the chart knows nothing of it: what comes is held, nothing is asked again, and no
 * timer fires. Nothing but messages to be held is written to the row meanwhile, so `updated_at` says since when it is paused.
 */

export const paused = (row: SagaRow, nowMs: number): Advanced => entered(row, { ...row, status: 'PAUSED' }, nowMs)

/** Goes on where it was: every time that was to come is later by the pause, then what was held is used. */
export const resumed = (
  definition: Definition,
  row: SagaRow,
  nowMs: number,
  patience: Patience,
  pauses: readonly StepPause[],
): Advanced & { readonly answers: readonly Answer[] } => {
  const before = row.state === null ? 'RUNNING' : status(definition, row.state)
  const on = entered(
    row,
    { ...shifted(row, Math.ceil(nowMs - row.updated_at)), status: before, paused_by: null },
    nowMs,
  )
  return { ...on, ...useHeld(definition, on.row, nowMs, patience, pauses) }
}

const entered = (before: SagaRow, after: SagaRow, nowMs: number): Advanced => {
  const value = before.state?.value ?? null
  const row = { ...after, revision: before.revision + 1, updated_at: nowMs }
  const record = { saga_id: row.saga_id, seq: row.revision, from_state: value, to_state: value, note: null }
  return { row, says: [], record }
}

/** When something was said or asked stays as it was: a question from before the pause says nothing about the time after it. */
const shifted = (row: SagaRow, byMs: number): SagaRow => ({
  ...row,
  asked: row.asked.map((each) => ({ ...each, nudgeAtMs: each.nudgeAtMs + byMs })),
  timers: row.timers.map((timer) => ({
    ...timer,
    startedAtMs: timer.startedAtMs + byMs,
    dueAtMs: timer.dueAtMs + byMs,
  })),
  watched: row.watched.map((each) => (each.told ? each : { ...each, dueMs: each.dueMs + byMs })),
})
