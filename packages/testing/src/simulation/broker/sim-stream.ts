import type { StreamPlan } from '@skald/nats'

export interface Stored {
  readonly sequence: number
  readonly subject: string
  readonly msgId: string
  readonly payload: Uint8Array
}

/** A stream: messages in order, and which ids it has seen lately. It may be lost and made anew. */
export class SimStream {
  readonly plan: StreamPlan
  messages: Stored[] = []
  #incarnation = 1
  #seen = new Map<string, { readonly sequence: number; readonly atMs: number }>()

  constructor(plan: StreamPlan) {
    this.plan = plan
  }

  get incarnation(): string {
    return `${this.plan.name}-${this.#incarnation}`
  }

  get lastSequence(): number {
    return this.messages.length
  }

  /** An id seen within the window is not stored again, on whatever subject it comes; a repeat does not extend its window. */
  store(subject: string, msgId: string, payload: Uint8Array, nowMs: number): { sequence: number; duplicate: boolean } {
    const known = this.#seen.get(msgId)
    if (known && nowMs - known.atMs < this.plan.dedupeWindowMs) return { sequence: known.sequence, duplicate: true }
    const sequence = this.messages.length + 1
    this.messages.push({ sequence, subject, msgId, payload })
    this.#seen.set(msgId, { sequence, atMs: nowMs })
    return { sequence, duplicate: false }
  }

  at(sequence: number): Stored | undefined {
    return this.messages[sequence - 1]
  }

  lose(): void {
    this.messages = []
    this.#seen = new Map()
    this.#incarnation++
  }
}
