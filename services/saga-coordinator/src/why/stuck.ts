import type { Definitions } from '../definitions.ts'
import type { SagaRow } from '../store/saga-tables.ts'
import { waitingFor } from '../waiting-for.ts'
import { wakeAtMs } from '../waking.ts'

/** A live saga that nothing will move: for no reason that can be named, or for one whose time passed long ago. */
export interface Stuck {
  readonly sinceMs: number
  readonly why: 'no-reason' | 'overdue'
}

/**
 * What was due longer than the tolerance ago must have been done, or said again: a nudge that may still be on its way is held
 * back for so long at most before somebody is told.
 */
export const stuckOf = (
  row: SagaRow,
  definitions: Definitions,
  nowMs: number,
  stuckAfterMs: number,
): Stuck | undefined => {
  if (row.ended_at !== null || row.status === 'PAUSED' || !row.state) return undefined
  const dueMs = wakeAtMs(row)
  if (dueMs !== undefined && dueMs < nowMs - stuckAfterMs) return { sinceMs: dueMs, why: 'overdue' }
  return waitingFor(row, definitions).length === 0 ? { sinceMs: row.updated_at, why: 'no-reason' } : undefined
}
