import { type Table, type Task, table } from '@skald/messaging'
import type { Concern } from './saga-tables.ts'

/** A saga that a person should look at: one row for each concern. Others have none. */
export interface ConcernRow {
  /** The concern and the saga: `stuck/<sagaId>`. */
  readonly id: string
  readonly kind: Concern
  readonly saga_id: string
  readonly definition: string
  /** Of the saga, for lists. */
  readonly started_at: number
  readonly since: number
}

export const concerns: Table<ConcernRow> = table<ConcernRow>({
  name: 'saga_concern',
  key: 'id',
  columns: {
    id: 'text',
    kind: 'text',
    saga_id: 'text',
    definition: 'text',
    started_at: 'time',
    since: 'time',
  },
  blind: 'replace',
})

/** Alerts that are to be sent: tasks in a table of their own, so that a receiver that is away is in no wake's way. */
export const alertTasks: Table<Task> = table<Task>({
  name: 'alert',
  key: 'id',
  columns: { id: 'text', kind: 'text', due_at: 'time', token: 'text', attempts: 'integer', body: 'json' },
  blind: 'replace',
})
