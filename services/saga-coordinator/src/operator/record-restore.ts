import type { Request } from '@skald/host'
import type { Rows } from '@skald/messaging'
import { archivedSagas } from '../store/archive-table.ts'
import { auditHead, CHAIN, type RestoreStanding, type Standing } from '../store/audit-tables.ts'
import { sagas } from '../store/saga-tables.ts'
import { standing } from './act.ts'
import { writeDown } from './audit.ts'
import type { Acting } from './repeatable.ts'

export type RecordRestore = Omit<Acting, 'repeatable'>

/**
 * Writes down what was repaired for the saga that the request is correlated to, after a database was restored. Nothing for a
 * saga that is not there yet: its start is written down.
 */
export const recordRestore: Request<RecordRestore, object> = {
  type: 'request:record-restore',
  rows: ({ correlationId }) => [
    { table: sagas, key: correlationId },
    { table: archivedSagas, key: correlationId },
    { table: auditHead, key: CHAIN },
  ],
  decide({ id, correlationId, data }, rows, { nowMs }) {
    const now = standingOf(rows, correlationId)
    if (now) writeDown(rows, nowMs, data, { id, action: 'restore', saga_id: correlationId, before: now, after: now })
    return { reply: {} }
  },
}

export interface MarkRestore extends RecordRestore {
  readonly standing: RestoreStanding
}

/** Writes down that a repair begins or is over. */
export const markRestore: Request<MarkRestore, object> = {
  type: 'request:mark-restore',
  rows: () => [{ table: auditHead, key: CHAIN }],
  decide({ id, data }, rows, { nowMs }) {
    const { standing: after } = data
    writeDown(rows, nowMs, data, { id, action: 'restore', before: { ...after, isOver: !after.isOver }, after })
    return { reply: {} }
  },
}

const standingOf = (rows: Rows, sagaId: string): Standing | undefined => {
  const row = rows.get(sagas, sagaId)
  if (row) return standing(row)
  const archived = rows.get(archivedSagas, sagaId)
  return archived && { status: archived.status, state: archived.body.state?.value ?? null }
}
