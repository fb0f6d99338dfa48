import type { Handler, Task } from '@skald/messaging'
import { alertTasks } from '../store/concern-tables.ts'

/** Tries of one alert, about eight hours: who is away for longer has other news of it. */
export const MAX_SENDINGS = 20
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 3_600_000

/** How one try ended. */
export interface Sending {
  readonly task: Task
  readonly isTaken: boolean
}

/** What became of the alert: it is gone, or it is tried again. */
export type Recorded = 'sent' | 'again' | 'given-up'

/** The wait doubles after each try. */
const waitMs = (attempts: number): number => Math.min(FIRST_WAIT_MS * 2 ** (attempts - 1), MAX_WAIT_MS)

/** Written only under the current lease: who was away for too long has nothing to say any more. */
export const recordSending: Handler<Sending> = {
  type: 'task:alert-sent',
  rows: ({ data }) => [{ table: alertTasks, key: data.task.id }],
  decide({ data: { task, isTaken } }, rows, { nowMs }) {
    const known = rows.get(alertTasks, task.id)
    if (known?.token !== task.token) return {}
    const isOver = isTaken || known.attempts >= MAX_SENDINGS
    if (isOver) rows.delete(alertTasks, task.id)
    else rows.put(alertTasks, { ...known, due_at: nowMs + waitMs(known.attempts) })
    return { reply: (isTaken ? 'sent' : isOver ? 'given-up' : 'again') satisfies Recorded }
  },
}
