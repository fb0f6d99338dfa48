import type { DurableProgress } from '@skald/messaging'
import type { SimStream, Stored } from './sim-stream.ts'

export interface DurableRules {
  readonly name: string
  readonly ackWaitMs: number
  readonly maxUnacked: number
  /** Whether it reads a subject. */
  readonly takes: (subject: string) => boolean
}

/** A message that was handed out and not acked. */
interface Open {
  deliveries: number
  /** When it comes again. */
  againAtMs: number
  isWaiting: boolean
}

/** Hands out what it is given; false when nobody has room. */
export type HandOut = (message: Stored, deliveries: number) => boolean

export interface DurablePorts {
  readonly nowMs: () => number
  readonly after: (delayMs: number, run: () => void) => void
  readonly handOut: HandOut
}

/** A durable pull consumer: explicit acks, each message until it is acked, again after the ack wait, in order at first. */
export class SimDurable {
  readonly rules: DurableRules
  readonly stream: SimStream
  readonly #ports: DurablePorts
  #open = new Map<number, Open>()
  /** Sequences that are to be handed out again. */
  #again: number[] = []
  /** Up to here the stream was looked through. */
  #cursor = 0
  #delivered: number[] = []
  #floorAt = 0
  #standing = true
  /** As long as neither this nor the stream changed, so did nothing that `progress` tells. */
  #known: { readonly upTo: number; readonly progress: DurableProgress } | undefined
  #life = 0

  constructor(rules: DurableRules, stream: SimStream, ports: DurablePorts) {
    this.rules = rules
    this.stream = stream
    this.#ports = ports
  }

  /** Hands out as much as there is room for. */
  dispatch(): void {
    if (!this.#standing) return
    while (this.#again.length > 0) {
      const sequence = this.#again[0] as number
      const open = this.#open.get(sequence)
      if (open && !this.#send(sequence, open.deliveries + 1)) return
      this.#again.shift()
    }
    while (this.#cursor < this.stream.lastSequence && this.#open.size < this.rules.maxUnacked) {
      const next = this.stream.at(this.#cursor + 1)
      if (next && this.rules.takes(next.subject)) {
        if (!this.#send(next.sequence, 1)) return
        this.#delivered.push(next.sequence)
      }
      this.#cursor++
    }
  }

  /** Late acks count. An ack for a sequence of a stream that is gone counts for whatever has that sequence now. */
  ack(sequence: number): void {
    this.#known = undefined
    const wasFull = this.#open.size >= this.rules.maxUnacked
    if (this.#open.delete(sequence) && wasFull) this.dispatch()
  }

  nak(sequence: number, delayMs: number): void {
    const open = this.#open.get(sequence)
    if (open) this.#comesAgain(sequence, open, delayMs)
  }

  working(sequence: number): void {
    const open = this.#open.get(sequence)
    if (open && !open.isWaiting) open.againAtMs = this.#ports.nowMs() + this.rules.ackWaitMs
  }

  progress(): DurableProgress {
    const upTo = this.stream.lastSequence
    if (this.#known?.upTo !== upTo) this.#known = { upTo, progress: this.#look() }
    return this.#known.progress
  }

  #look(): DurableProgress {
    let pending = 0
    for (let at = this.#cursor; at < this.stream.lastSequence; at++) {
      const message = this.stream.messages[at]
      if (message && this.rules.takes(message.subject)) pending++
    }
    for (; this.#floorAt < this.#delivered.length; this.#floorAt++) {
      if (this.#open.has(this.#delivered[this.#floorAt] as number)) break
    }
    const ackFloor = this.#delivered[this.#floorAt - 1] ?? 0
    return { stream: this.stream.plan.name, ackFloor, pending, unacked: this.#open.size }
  }

  /** Something may wait for a reader with room. */
  get isBehind(): boolean {
    return this.#again.length > 0 || this.#cursor < this.stream.lastSequence
  }

  get isIdle(): boolean {
    const { pending, unacked } = this.progress()
    return pending === 0 && unacked === 0
  }

  get isStanding(): boolean {
    return this.#standing
  }

  /** Gone with all it knew; it is made anew, from the begin of the stream. */
  lose(): void {
    this.#known = undefined
    this.#standing = false
    this.#life++
    this.#open = new Map()
    this.#again = []
    this.#cursor = 0
    this.#delivered = []
    this.#floorAt = 0
  }

  restore(): void {
    this.#standing = true
    this.dispatch()
  }

  #send(sequence: number, deliveries: number): boolean {
    const message = this.stream.at(sequence)
    if (!message) return true
    if (!this.#ports.handOut(message, deliveries)) return false
    this.#known = undefined
    const open: Open = { deliveries, againAtMs: 0, isWaiting: false }
    this.#open.set(sequence, open)
    this.#watch(sequence, open, this.rules.ackWaitMs)
    return true
  }

  #comesAgain(sequence: number, open: Open, delayMs: number): void {
    open.isWaiting = true
    this.#watch(sequence, open, delayMs)
  }

  #watch(sequence: number, open: Open, delayMs: number): void {
    const { nowMs, after } = this.#ports
    const life = this.#life
    open.againAtMs = nowMs() + delayMs
    const look = (): void => {
      if (this.#life !== life || this.#open.get(sequence) !== open || this.#again.includes(sequence)) return
      const leftMs = open.againAtMs - nowMs()
      if (leftMs > 0) after(leftMs, look)
      else {
        this.#again.push(sequence)
        this.dispatch()
      }
    }
    after(delayMs, look)
  }
}
