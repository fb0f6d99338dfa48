import { type Table, table } from './rows.ts'

/**
 * Something that must happen and has no message to bring it back: a saga's wake, an event to announce, a gateway
 * call. Whoever inserts a task holds its first lease (due = now + lease) and does the work at once; anyone else
 * takes it only when that lease ran out. So the ordinary case costs one insert and one delete, and no claim.
 */
export interface Task {
  /** Deterministic: the same cause makes the same task once. */
  readonly id: string
  readonly kind: string
  readonly due_at: number
  /** Proves who holds the lease: what is reported under an older token is not applied. */
  readonly token: string
  readonly attempts: number
  readonly body: unknown
}

/** A task as its taker gets it. */
export interface ClaimedTask extends Task {
  /** How long it had been due, by the database's clock. */
  readonly lateMs: number
}

export const tasks: Table<Task> = table<Task>({
  name: 'task',
  key: 'id',
  columns: { id: 'text', kind: 'text', due_at: 'time', token: 'text', attempts: 'integer', body: 'json' },
  blind: 'replace',
  // Who made a call comes back to its task a moment later.
  remember: 'written',
})
