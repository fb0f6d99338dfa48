import type { ConsumeOptions, Delivery, Subscription } from '@skald/messaging'
import { ask, part, value } from './api.ts'
import { messageOf } from './bus-error.ts'
import { msgIdIn } from './headers.ts'
import type { Connection } from './link.ts'
import { isRead, type SweepPlan, type Topology } from './topology.ts'

/*
 * Reads what no durable of a stream reads. A durable cannot do that: it has one filter, and no filter says "all but
 * these"; a durable for everything would hand out every command a second time, a tenth of a saga's cost, for the sake of
 * messages that hardly ever come. So the stream is asked every two seconds which subjects it holds (1.5 ms with 600,000
 * messages in it), and messages under the unread ones are fetched one by one.
 *
 * The place is kept in memory only: after a restart they are handed out again. Whoever takes them must know a message
 * that it had before, as everybody does here.
 */

const EVERY_MS = 2_000

export class Sweep implements Subscription {
  readonly #connection: Connection
  readonly #topology: Topology
  readonly #plan: SweepPlan
  readonly #options: ConsumeOptions
  /** Everything unread up to here was handed out, in this incarnation of the stream. */
  #sweptTo = 0
  /** Where a sweep that found no room goes on, by subject. */
  readonly #places = new Map<string, number>()
  #incarnation: unknown
  #inHand = 0
  #paused = false
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #returning = new Set<ReturnType<typeof setTimeout>>()
  #running: Promise<void> = Promise.resolve()
  #lastFault = ''

  constructor(connection: Connection, topology: Topology, plan: SweepPlan, options: ConsumeOptions) {
    this.#connection = connection
    this.#topology = topology
    this.#plan = plan
    this.#options = options
    this.#sweepAfter(0)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const timer of this.#returning) clearTimeout(timer)
    await this.#running
  }

  #sweepAfter(delayMs: number): void {
    if (this.#stopped || this.#connection.client.isClosed()) return
    this.#timer = setTimeout(() => {
      this.#running = this.#sweepOnce().finally(() => this.#sweepAfter(EVERY_MS))
    }, delayMs)
  }

  async #sweepOnce(): Promise<void> {
    try {
      if (this.#hasRoom() && this.#connection.isUp()) await this.#sweep()
      this.#lastFault = ''
    } catch (error) {
      const detail = `${this.#plan.name}: ${messageOf(error)}`
      if (detail !== this.#lastFault) this.#connection.report({ kind: 'fault', detail })
      this.#lastFault = detail
    }
  }

  #hasRoom(): boolean {
    return !this.#paused && !this.#stopped && this.#inHand < this.#options.maxInHand
  }

  async #sweep(): Promise<void> {
    const { stream } = this.#plan
    const info = await ask(this.#connection, `STREAM.INFO.${stream}`, { subjects_filter: '>' })
    const last = value(part(info, 'state'), 'last_seq')
    if (!info || typeof last !== 'number') return
    const incarnation = value(info, 'created')
    if (incarnation !== this.#incarnation || last < this.#sweptTo) {
      this.#sweptTo = 0
      this.#places.clear()
    }
    this.#incarnation = incarnation
    if (last === this.#sweptTo) return
    const held = Object.keys(part(part(info, 'state'), 'subjects') ?? {})
    for (const subject of held.filter((each) => !isRead(this.#topology, stream, each))) {
      if (!(await this.#readAll(subject, last))) return
    }
    this.#sweptTo = last
    this.#places.clear()
  }

  /** Hands out what came under a subject since the last sweep; false when there is no room for all of it. */
  async #readAll(subject: string, last: number): Promise<boolean> {
    for (let next = this.#places.get(subject) ?? this.#sweptTo + 1; next <= last; ) {
      if (!this.#hasRoom()) return false
      const body = { seq: next, next_by_subj: subject }
      const found = part(await ask(this.#connection, `STREAM.MSG.GET.${this.#plan.stream}`, body), 'message')
      const sequence = value(found, 'seq')
      if (typeof sequence !== 'number' || sequence > last) return true
      this.#handOut(this.#delivery(subject, sequence, found, 1))
      next = sequence + 1
      this.#places.set(subject, next)
    }
    return true
  }

  #delivery(subject: string, sequence: number, stored: object | undefined, deliveries: number): Delivery {
    let open = true
    const settle = (): boolean => {
      if (!open) return false
      open = false
      this.#inHand--
      return true
    }
    return {
      durable: this.#plan.name,
      subject,
      payload: fromBase64(value(stored, 'data')),
      msgId: msgIdIn(fromBase64(value(stored, 'hdrs')).toString()),
      deliveries,
      sequence,
      ack: () => void settle(),
      nak: (delayMs) => {
        if (settle()) this.#returnAfter(delayMs, this.#delivery(subject, sequence, stored, deliveries + 1))
      },
      working: () => undefined,
    }
  }

  #handOut(delivery: Delivery): void {
    this.#inHand++
    try {
      this.#options.onDelivery(delivery)
    } catch (err) {
      this.#connection.report({ kind: 'handler-threw', durable: this.#plan.name, err })
      delivery.nak(EVERY_MS)
    }
  }

  #returnAfter(delayMs: number, delivery: Delivery): void {
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#returning.delete(timer)
      this.#handOut(delivery)
    }, delayMs)
    this.#returning.add(timer)
  }
}

const fromBase64 = (text: unknown): Buffer => Buffer.from(typeof text === 'string' ? text : '', 'base64')
