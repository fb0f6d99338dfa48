import { createInbox, type Msg, type Subscription } from 'nats'
import { messageOf } from './bus-error.ts'
import { settleUnseen } from './delivery.ts'
import type { Connection } from './link.ts'
import type { DurablePlan } from './topology.ts'

/*
 * One subscription to one durable. It asks the server for messages (a pull request names how many) and takes what comes,
 * until the server says, or its silence shows, that nothing will come any more; then it is lost and another one is made.
 *
 * The client library's `consume` is not used: it asks for more as soon as messages arrive, whether or not earlier ones
 * were settled, so nothing bounds what one process holds; it cannot pause; and when the durable is gone it waits for up
 * to 45 s before it looks again.
 *
 * `asked` is what the server may still send: asked for, minus arrived, minus given up by the server. It can only be too
 * high, when a notice of the server is lost, and then no longer than one pull request lives.
 */

/** A pull request lives so long on the server; then it says how much of it is unanswered. */
const EXPIRES_MS = 30_000
/** While it has nothing to send, the server says so this often. */
const HEARTBEAT_MS = 1_000
/** Two and a half heartbeats: one may be late, two are not. */
const SILENT_AFTER_MS = 2_500
const NANOS_A_MS = 1_000_000
/** More is asked for when a quarter of the room is free: fewer requests, and none of them is waited for. */
const ASK_AT_SHARE = 0.25

export interface PullOptions {
  readonly plan: DurablePlan
  /** Messages that may be asked for in addition to those asked for already. */
  readonly room: () => number
  readonly maxInHand: number
  readonly onMessage: (message: Msg) => void
  /** Nothing more will come. Called once, and never after `close`. */
  readonly onLost: (reason: string) => void
}

export class PullSession {
  readonly #connection: Connection
  readonly #options: PullOptions
  readonly #inbox: string
  readonly #call: string
  readonly #askAt: number
  readonly #subscription: Subscription
  #asked = 0
  #askedMs = 0
  #heardMs: number
  #arrivedMs: number
  #asksSoon = false
  #open = true

  constructor(connection: Connection, options: PullOptions) {
    const { plan, maxInHand } = options
    this.#connection = connection
    this.#options = options
    this.#inbox = createInbox(connection.inboxPrefix)
    this.#call = `$JS.API.CONSUMER.MSG.NEXT.${plan.stream}.${plan.name}`
    this.#askAt = Math.ceil(maxInHand * ASK_AT_SHARE)
    this.#heardMs = performance.now()
    this.#arrivedMs = this.#heardMs
    this.#subscription = connection.client.subscribe(this.#inbox, {
      callback: (error, message) => this.#hear(error, message),
    })
  }

  /** Asks for more when it is worth a request. Cheap: it is called for every settled message. */
  ask(): void {
    const room = this.#options.room() - this.#asked
    if (!this.#open || room <= 0) return
    if (room >= this.#askAt) this.#pull(room)
    else if (this.#asked === 0 && !this.#asksSoon) {
      // A process whose hands were full settles many at once: one request for all of them, not one for each.
      this.#asksSoon = true
      setImmediate(() => {
        this.#asksSoon = false
        const now = this.#options.room() - this.#asked
        if (this.#open && this.#asked === 0 && now > 0) this.#pull(now)
      })
    }
  }

  /** For how long nothing was handed out although it was asked for; 0 when nothing is asked for. */
  idleMs(): number {
    return this.#asked === 0 ? 0 : performance.now() - Math.max(this.#arrivedMs, this.#askedMs)
  }

  /** To be called every second or so: notices silence. */
  check(): void {
    if (!this.#open || this.#asked === 0) return
    const nowMs = performance.now()
    if (nowMs - Math.max(this.#heardMs, this.#askedMs) > SILENT_AFTER_MS) this.lose('no heartbeat')
    else if (nowMs - this.#askedMs > EXPIRES_MS + SILENT_AFTER_MS) {
      this.#asked = 0
      this.ask()
    }
  }

  /** Gives this session up and says so. */
  lose(reason: string): void {
    if (!this.#open) return
    void this.close()
    this.#options.onLost(reason)
  }

  /**
   * Ends the subscription. What the server has sent meanwhile is given back at once, so that nobody waits for its ack
   * wait. Resolves when the server knows, or the connection is down; never rejects.
   */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#subscription.drain().catch(() => undefined)
  }

  #pull(batch: number): void {
    const request = { batch, expires: EXPIRES_MS * NANOS_A_MS, idle_heartbeat: HEARTBEAT_MS * NANOS_A_MS }
    try {
      this.#connection.client.publish(this.#call, JSON.stringify(request), { reply: this.#inbox })
      this.#asked += batch
      this.#askedMs = performance.now()
    } catch (error) {
      this.lose(messageOf(error))
    }
  }

  #hear(error: Error | null, message: Msg): void {
    if (error) {
      this.lose(messageOf(error))
      return
    }
    this.#heardMs = performance.now()
    if (message.subject === this.#inbox) this.#status(message)
    else if (this.#open) {
      this.#arrivedMs = this.#heardMs
      if (this.#asked > 0) this.#asked--
      this.#options.onMessage(message)
    } else settleUnseen(this.#connection, message, 'nak')
  }

  /** What the server says about a request instead of a message. */
  #status(message: Msg): void {
    const code = message.headers?.code ?? 0
    if (code === 404 || code === 408) {
      const unanswered = Number(message.headers?.get('Nats-Pending-Messages'))
      this.#asked = Math.max(0, this.#asked - (Number.isSafeInteger(unanswered) ? unanswered : 0))
      this.ask()
    } else if (code !== 100) this.lose(`${code} ${message.headers?.description ?? ''}`.trim().toLowerCase())
  }
}
