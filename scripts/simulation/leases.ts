import { type ClaimedTask, type Task, tasks } from '@skald/messaging'
import type { Life, SimDatabase } from '@skald/testing/simulation'

/** First waits of announcements; each one that was said makes the next wait twice as long, up to the longest. */
const FIRST_LOOK_MS: Readonly<Record<string, number>> = { 'announce-order': 10_000, 'announce-cancel': 5_000 }
const LONGEST_LOOK_MS = 600_000
/** The token of a call that nobody has begins so: its last try came back with nothing. */
const PUT_OFF = 'again/'
/**
 * Who has had a call for less has not waited for the gateway. It has had it from its decision, which is told in whole
 * milliseconds; the commit, from which we count, comes up to 2 ms later.
 */
const WAITED_MS = 500 - 3

interface Lease {
  readonly token: string
  readonly dueAtMs: number
  /** The process that has the task to itself until then. */
  readonly holder: string
  readonly sinceMs: number
}

/** Looks at the tasks that processes lease, after each commit: what they do to them shows nowhere else. */
export class Leases {
  /** Calls to the gateway whose lease ran when another process changed them. */
  readonly broken: string[] = []
  /** Announcements that are looked at again later than what was said of them allows. */
  readonly putOff: string[] = []
  readonly #calls = new Map<string, Lease>()
  readonly #claimed = new Map<string, ClaimedTask>()
  readonly #payment: SimDatabase

  constructor({ order, payment }: Readonly<Record<'order' | 'payment', SimDatabase>>) {
    this.#payment = payment
    payment.onClaim = (life, claimed) => {
      for (const task of claimed) this.#hold(life, task)
    }
    order.onClaim = (_, claimed) => {
      for (const task of claimed) this.#claimed.set(task.id, task)
    }
    order.onCommit = (tables) => {
      if (tables.includes(tasks.name))
        for (const task of order.memory.rows(tasks)) this.#lookAtAnnouncement(task, order)
    }
  }

  lookAtCalls(life: Life): void {
    const { memory, sim } = this.#payment
    for (const task of memory.rows(tasks)) {
      const { id, kind, token, due_at } = task
      if (kind !== 'gateway-call') continue
      const before = this.#calls.get(id)
      if (before?.token === token && before.dueAtMs === due_at) continue
      if (before && before.holder !== life.name && before.dueAtMs > sim.time.nowMs)
        this.broken.push(`${life.name} changes call ${id}, which ${before.holder} has`)
      this.#hold(life, task)
    }
  }

  /** Why a question about an open call is acked too early: from the moment it was asked nobody but this process could say so. */
  ackedTooEarly(name: string, key: string, askedAtMs: number): string | undefined {
    const { memory, sim } = this.#payment
    const call = this.#calls.get(key)
    if (!call || !memory.row(tasks, key) || call.token.startsWith(PUT_OFF)) return undefined
    const { holder, sinceMs } = call
    if (holder !== name) return sinceMs <= askedAtMs ? `${holder} has had the call since before` : undefined
    const heldMs = sim.time.nowMs - sinceMs
    return heldMs < WAITED_MS ? `it has had the call for ${heldMs} ms` : undefined
  }

  #hold({ name }: Life, { id, token, due_at }: Pick<Task, 'id' | 'token' | 'due_at'>): void {
    const before = this.#calls.get(id)
    const isOwn = before?.holder === name && !before.token.startsWith(PUT_OFF)
    const sinceMs = isOwn ? before.sinceMs : this.#payment.sim.time.nowMs
    this.#calls.set(id, { token, dueAtMs: due_at, holder: name, sinceMs })
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
