import type { Definitions } from '../definitions.ts'
import type { SagaRow } from '../store/saga-tables.ts'
import { waitingFor } from '../waiting-for.ts'
import { dueAtMs } from '../waking.ts'

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
  const told = row.watched.find(({ kind, told }) => kind === 'stuck' && told)
  const dueMs = dueAtMs(row)
  if (dueMs !== undefined && dueMs < nowMs - stuckAfterMs) return { sinceMs: dueMs, why: 'overdue' }
  if (waitingFor(row, definitions).length === 0) return { sinceMs: row.updated_at, why: 'no-reason' }
  return told && { sinceMs: told.sinceMs, why: 'overdue' }
}
