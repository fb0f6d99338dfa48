import type { Clock } from './clock.ts'
import type { Observer } from './observer.ts'
import type { Store } from './store.ts'
import { type ClaimedTask, type Task, tasks } from './tasks.ts'

export interface TaskKinds {
  /** What is done with a due task of a kind. It must end by deleting or postponing the task, else the task comes again. */
  readonly take: Readonly<Record<string, (task: Task) => void>>
  /** How long a taken task stays with its taker before others may take it. */
  readonly leaseMs: number
  /** How often the table is asked; the lateness of a task is at most this on an idle system. */
  readonly pollMs: number
  /** Tasks taken at a time, at most; the bound of what a burst of due tasks may bring into memory. */
  readonly limit: number
}

/**
 * While something is due, it is asked for so much more often. A thousand a second are then twenty at a time, which a process
 * handles between two requests; two hundred made those wait for 40 ms.
 */
const BUSY_SHARE = 0.1

/** Takes due tasks until cancelled. A full take asks again at once: a backlog of tasks is not worked off at poll speed. */
export const takeTasks = (store: Store, kinds: TaskKinds, clock: Clock, observer: Observer): (() => void) => {
  const names = Object.keys(kinds.take)
  if (names.length === 0) return () => undefined
  let stopped = false
  let cancel = (): void => undefined
  const waitMs = (taken: number): number => {
    if (taken >= kinds.limit) return 0
    return taken > 0 ? kinds.pollMs * BUSY_SHARE : kinds.pollMs
  }
  const poll = async (): Promise<void> => {
    let taken: readonly ClaimedTask[] = []
    try {
      taken = await store.claim(tasks, names, kinds.limit, kinds.leaseMs)
    } catch (error) {
      observer.stalled('tasks', error)
    }
    if (stopped) return
    for (const task of taken) {
      observer.taskTaken(task.kind, task.lateMs)
      kinds.take[task.kind]?.(task)
    }
    cancel = clock.after(waitMs(taken.length), () => void poll())
  }
  cancel = clock.after(0, () => void poll())
  return () => {
    stopped = true
    cancel()
  }
}
