import { type ClaimedTask, type Task, tasks } from '@skald/messaging'
import type { Life, SimDatabase } from '@skald/testing/simulation'

/** First waits of announcements; each one that was said makes the next wait twice as long, up to the longest. */
const FIRST_LOOK_MS: Readonly<Record<string, number>> = { 'announce-order': 10_000, 'announce-cancel': 5_000 }
const LONGEST_LOOK_MS = 600_000

interface Lease {
  readonly token: string
  readonly dueAtMs: number
  /** The process that has the task to itself until then. */
  readonly holder: string
}

/** Looks at the tasks that processes lease, after each commit: what they do to them shows nowhere else. */
export class Leases {
  /** Calls to the gateway whose lease ran when another process changed them. */
  readonly broken: string[] = []
  /** Announcements that are looked at again later than what was said of them allows. */
  readonly putOff: string[] = []
  readonly #calls = new Map<string, Lease>()
  readonly #claimed = new Map<string, ClaimedTask>()

  constructor({ order, payment }: Readonly<Record<'order' | 'payment', SimDatabase>>) {
    payment.onClaim = ({ name }, claimed) => {
      for (const { id, token, due_at } of claimed) this.#calls.set(id, { token, dueAtMs: due_at, holder: name })
    }
    order.onClaim = (_, claimed) => {
      for (const task of claimed) this.#claimed.set(task.id, task)
    }
    order.onCommit = (tables) => {
      if (tables.includes(tasks.name))
        for (const task of order.memory.rows(tasks)) this.#lookAtAnnouncement(task, order)
    }
  }

  lookAtCalls({ name }: Life, { memory, sim }: SimDatabase): void {
    for (const { id, kind, token, due_at } of memory.rows(tasks)) {
      if (kind !== 'gateway-call') continue
      const before = this.#calls.get(id)
      if (before?.token === token && before.dueAtMs === due_at) continue
      if (before && before.holder !== name && before.dueAtMs > sim.time.nowMs)
        this.broken.push(`${name} changes call ${id}, which ${before.holder} has`)
      this.#calls.set(id, { token, dueAtMs: due_at, holder: name })
    }
  }

  #lookAtAnnouncement({ id, kind, due_at, body }: Task, { sim }: SimDatabase): void {
    const firstMs = FIRST_LOOK_MS[kind]
    if (firstMs === undefined || this.#claimed.get(id)?.due_at === due_at) return
    const { said = 0 } = body as { readonly said?: number }
    const lastMs = Math.min(firstMs * 2 ** said, LONGEST_LOOK_MS)
    if (due_at > sim.time.nowMs + lastMs)
      this.putOff.push(`${id} was said ${said} times and waits longer than ${lastMs} ms`)
  }
}
