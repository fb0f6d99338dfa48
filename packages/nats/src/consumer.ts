import type { ConsumeOptions, Delivery, Subscription } from '@skald/messaging'
import type { Msg } from 'nats'
import { durableState } from './api.ts'
import { messageOf } from './bus-error.ts'
import { delivered, settleUnseen } from './delivery.ts'
import type { Connection } from './link.ts'
import { PullSession } from './pull.ts'
import type { DurablePlan } from './topology.ts'

/*
 * Reads one durable for ever. It looks for the durable until it exists, pulls from it until the session is lost (the
 * durable or its stream deleted, the connection gone, silence), and looks again. Who makes the durable anew is the
 * topology keeper; here it is only waited for.
 *
 *   looking --exists--> pulling --lost--> looking          any --stop--> stopped
 *
 * Paused is not a state of it: a paused consumer looks and listens, but asks for nothing.
 */

/** How often a durable that is not there is looked for. */
const LOOK_EVERY_MS = 250
const CHECK_EVERY_MS = 1_000
const SLEPT_AFTER_MS = 2_000
/** Nothing came for so long though asked for: the durable is asked whether it has something pending. */
const STALLED_AFTER_MS = 5_000
/** A message whose handler threw stays away for so long. */
const AFTER_THROW_MS = 1_000

export class Consumer implements Subscription {
  readonly #connection: Connection
  readonly #plan: DurablePlan
  readonly #options: ConsumeOptions
  readonly #checker: ReturnType<typeof setInterval>
  readonly #forget: () => void
  #session: PullSession | undefined
  #lookTimer: ReturnType<typeof setTimeout> | undefined
  #inHand = 0
  #paused = false
  #stopped = false
  /** The last look at the durable showed messages pending that did not come. */
  #suspect = false
  #inquireAtMs = 0
  #checkedMs = performance.now()

  constructor(connection: Connection, plan: DurablePlan, options: ConsumeOptions) {
    this.#connection = connection
    this.#plan = plan
    this.#options = options
    this.#checker = setInterval(() => this.#check(), CHECK_EVERY_MS)
    // A new connection gets a new inbox: requests that the server remembers from before would bring more than asked for.
    this.#forget = connection.onChange((up) => {
      if (!up) this.#session?.lose('disconnected')
      else if (!this.#session) this.#lookAfter(0)
    })
    this.#lookAfter(0)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#session?.ask()
  }

  /** What crosses the stop on the wire is given back at once; what was handed out may still be settled. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#forget()
    clearInterval(this.#checker)
    clearTimeout(this.#lookTimer)
    await this.#session?.close()
    this.#session = undefined
  }

  #lookAfter(delayMs: number): void {
    clearTimeout(this.#lookTimer)
    if (this.#stopped) return
    this.#lookTimer = setTimeout(() => {
      this.#look().catch((error: unknown) => {
        this.#connection.report({ kind: 'fault', detail: `${this.#plan.name}: ${messageOf(error)}` })
        this.#lookAfter(LOOK_EVERY_MS)
      })
    }, delayMs)
  }

  async #look(): Promise<void> {
    if (this.#connection.client.isClosed()) return this.stop()
    const exists = this.#connection.isUp() && (await this.#exists())
    if (this.#stopped || this.#session) return
    if (exists && this.#connection.isUp()) this.#open()
    else this.#lookAfter(LOOK_EVERY_MS)
  }

  async #exists(): Promise<boolean> {
    try {
      return (await durableState(this.#connection, this.#plan)) !== undefined
    } catch {
      // Not permitted, or no answer: the connection reports the one, and the other is what is waited for.
      return false
    }
  }

  #open(): void {
    const { durable, maxInHand } = this.#options
    this.#connection.report({ kind: 'consuming', durable })
    this.#suspect = false
    this.#session = new PullSession(this.#connection, {
      plan: this.#plan,
      maxInHand,
      room: () => (this.#paused ? 0 : maxInHand - this.#inHand),
      onMessage: (message) => this.#arrived(message),
      onLost: (reason) => {
        this.#connection.report({ kind: 'consumer-lost', durable, reason })
        this.#session = undefined
        this.#lookAfter(LOOK_EVERY_MS)
      },
    })
    this.#session.ask()
  }

  #arrived(message: Msg): void {
    const { report } = this.#connection
    if (this.#plan.leaves.includes(message.subject)) {
      settleUnseen(this.#connection, message, 'ack')
      this.#session?.ask()
      return
    }
    const delivery = delivered(this.#plan.name, message, this.#connection, () => {
      this.#inHand--
      this.#session?.ask()
    })
    if (delivery) this.#handOut(delivery)
    else report({ kind: 'fault', detail: `${this.#plan.name}: a message came in that no stream sent` })
  }

  #handOut(delivery: Delivery): void {
    this.#inHand++
    try {
      this.#options.onDelivery(delivery)
    } catch (err) {
      this.#connection.report({ kind: 'handler-threw', durable: this.#plan.name, err })
      delivery.nak(AFTER_THROW_MS)
    }
  }

  #check(): void {
    const nowMs = performance.now()
    const slept = nowMs - this.#checkedMs > SLEPT_AFTER_MS
    this.#checkedMs = nowMs
    // This process stood still: what came in meanwhile is only read after this.
    if (slept) return
    this.#session?.check()
    // No answer shows as missing heartbeats as well, which `check` sees.
    if (this.#session) this.#checkStalled(this.#session).catch(() => undefined)
  }

  /** The server can forget a consumer that it still sends heartbeats to; only its own count of pending gives that away. */
  async #checkStalled(session: PullSession): Promise<void> {
    const nowMs = performance.now()
    if (session.idleMs() < STALLED_AFTER_MS) {
      this.#suspect = false
      return
    }
    if (!this.#suspect && nowMs < this.#inquireAtMs) return
    this.#inquireAtMs = nowMs + STALLED_AFTER_MS
    const state = await durableState(this.#connection, this.#plan)
    const stalled = state !== undefined && state.pending > 0 && state.unacked < this.#plan.maxUnacked
    // Once may be a message on its way; twice, a second apart and still nothing arrived, is not.
    if (stalled && this.#suspect && session.idleMs() >= STALLED_AFTER_MS) {
      session.lose(`stalled, ${state.pending} pending`)
    }
    this.#suspect = stalled
  }
}
