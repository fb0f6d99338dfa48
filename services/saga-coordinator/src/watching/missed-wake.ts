import { type Handler, type Rows, tasks } from '@skald/messaging'
import { wakeTask } from '../coordinate.ts'
import type { Definitions } from '../definitions.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'
import { dueAtMs, type Patience } from '../waking.ts'
import { watch } from './watch.ts'

export interface MissedWake {
  readonly sagaId: string
}

/**
 * A saga whose wake should have come long ago: its task was lost, or fails whenever it comes. It is stuck, and it is woken
 * once more. That it is late is looked at again, since it may have been woken meanwhile.
 */
export const missedWake = (definitions: Definitions, patience: Patience): Handler<MissedWake> => ({
  type: 'task:missed-wake',
  rows: ({ data }) => [{ table: sagas, key: data.sagaId }],
  decide({ data }, rows, { nowMs }) {
    const known = rows.get(sagas, data.sagaId)
    if (!known || known.ended_at !== null || (known.status === 'PAUSED' && known.paused_by === null)) return {}
    const lateMs = known.wake_at ?? dueAtMs(known)
    if (lateMs !== undefined && lateMs < nowMs - patience.stuckAfterMs) {
      callStuck(definitions, patience, known, lateMs, rows, nowMs)
    }
    return {}
  },
})

const callStuck = (
  definitions: Definitions,
  patience: Patience,
  known: SagaRow,
  sinceMs: number,
  rows: Rows,
  nowMs: number,
): void => {
  const definition = definitions.get(known.definition, known.version)
  const { watched } = known
  const stuck = { kind: 'stuck', state: '', sinceMs, dueMs: nowMs, told: true } as const
  const late = { ...known, watched: [...watched.filter(({ kind }) => kind !== 'stuck'), stuck] }
  const isKnown = watched.some(({ kind, told }) => kind === 'stuck' && told)
  const row = watch(rows, known, isKnown ? known : late, { definition, nowMs, patience, looked: known })
  rows.put(tasks, wakeTask(known.saga_id, nowMs))
  rows.put(sagas, { ...row, wake_at: nowMs })
}
