import { type Message, type Preparation, type Rows, StoreError } from '@skald/messaging'
import { archivedSagas, historyOfArchived, sagaOfArchived } from './store/archive-table.ts'
import { detours, history, isDetour, ownName, sagas, subjects } from './store/saga-tables.ts'

/**
 * A message that names an archived saga brings it back: its row, its history and its line among the detours, in the
 * transaction of the message. So a late reply, a cancel, a start that comes again meet a saga like any other, and there is
 * one way to handle them. It is archived again when it has been left alone for long enough.
 *
 * A saga that runs costs a look at rows that were read anyway. A start is told by the names it wants to take.
 */
export const bringBack = ({ correlationId }: Message, rows: Rows): Preparation | undefined => {
  if (rows.get(sagas, correlationId)) return undefined
  const name = ownName(correlationId)
  const archived = { table: archivedSagas, key: correlationId }
  if (!rows.isLocked(subjects, name)) return { needs: [{ table: subjects, key: name }, archived] }
  if (!rows.get(subjects, name)) return undefined
  if (!rows.isLocked(archivedSagas, correlationId)) return { needs: [archived] }
  const found = rows.get(archivedSagas, correlationId)
  // It is known, and was in neither place when that one was read: it moves this moment.
  if (!found) throw new StoreError('transient', `saga ${correlationId} was moved by another process`, MOVED)
  const steps = historyOfArchived(found)
  const unlocked = steps.filter(({ message_id }) => !rows.isLocked(history, message_id))
  if (unlocked.length > 0) {
    return { needs: unlocked.map(({ message_id }) => ({ table: history, key: message_id })) }
  }
  const taken = steps.map(({ message_id }) => rows.get(history, message_id)).find((step) => step !== undefined)
  if (taken) {
    const detail = `saga ${correlationId} is archived and cannot be brought back: the message id ${taken.message_id} of its history was used again, for saga ${taken.saga_id}`
    return { refuse: { reason: 'archived-id-reused', detail } }
  }
  rows.put(sagas, sagaOfArchived(found))
  for (const step of steps) rows.put(history, step)
  const { saga_id, status, started_at } = found
  if (isDetour(status)) rows.put(detours, { saga_id, status, started_at })
  rows.delete(archivedSagas, saga_id)
  return undefined
}

/** As a serialization failure: the batch is run again at once, and sees where the saga is now. */
const MOVED = '40001'
