import type { Clock, Task } from '@skald/messaging'
import type { Gateway } from '../payments/gateway.ts'
import type { CallBody, CallStart, StartsCall } from './call.ts'
import { perform } from './perform.ts'
import type { CallResult, Returned } from './record-result.ts'
import type { DueCall } from './take-call.ts'

/**
 * Makes the calls, outside any transaction. A call arrives here when the transaction that gave its lease is committed,
 * waits for a place, is made, and its result is submitted. Nothing here has to survive: a call that is lost with the
 * process comes again when its lease runs out.
 *
 * Places are many, because a call that is never answered holds one until its time limit and must not keep others
 * waiting. First tries go before repeats, and repeats get half of the places at most: after an outage of the gateway the
 * backlog of repeats does not stand before new orders.
 */
export interface CallBounds {
  /** Calls under way at a time. */
  readonly maxInFlight: number
  /** Calls that wait for a place; beyond, a call is left to its lease. */
  readonly maxWaiting: number
}

export const defaultBounds: CallBounds = { maxInFlight: 4_000, maxWaiting: 20_000 }

/** A result that cannot be stored is tried again so often, with doubling waits: 0.1 s to 3.2 s, within one lease. */
const MAX_RECORDINGS = 6
const FIRST_RECORDING_WAIT_MS = 100

export interface CallsOptions {
  readonly gateway: Gateway
  readonly bounds: CallBounds
  readonly leaseMs: number
  readonly clock: Clock
  /** Submits a result; resolves when it is committed. */
  readonly record: (returned: Returned) => Promise<unknown>
  /** Submits that a due call is to be taken. */
  readonly take: (due: DueCall) => Promise<unknown>
  readonly observer: CallsObserver
}

/** What there is to see of the calls. */
export interface CallsObserver {
  returned(call: CallStart, outcome: CallResult['outcome'], durationMs: number): void
  inFlight(count: number): void
  /** A result that could not be stored, or a call for which there was no place: its lease brings it back. */
  leftToLease(key: string, why: unknown): void
}

interface Waiting {
  readonly call: CallStart
  readonly sinceMs: number
}

const GIVE_BACK: CallResult = { call: 'again', outcome: { kind: 'pending', afterMs: 0 } }

export class Calls {
  readonly #options: CallsOptions
  readonly #first: Waiting[] = []
  readonly #repeats: Waiting[] = []
  readonly #inFlight = new Set<AbortController>()
  /** Calls until their result is committed or given up. */
  readonly #unfinished = new Set<Promise<void>>()
  #repeatsInFlight = 0
  #stopping = false

  constructor(options: CallsOptions) {
    this.#options = options
  }

  /** Told of every committed decision; acts on those after which a call is to be made. */
  handled(reply: unknown): void {
    if (typeof reply === 'object' && reply !== null && 'starts' in reply) this.#begin((reply as StartsCall).starts)
  }

  /** A call that came due: its lease is taken first, and comes back through `handled`. */
  due({ id, token, body }: Task): void {
    if (this.#stopping) return
    const { orderId } = body as CallBody
    this.#options.take({ orderId, key: id, token }).catch((error) => this.#options.observer.leftToLease(id, error))
  }

  /**
   * Begins no call any more, waits `graceMs` for those under way, then gives the rest back: their tasks are due at
   * once, so that nobody has to wait for the leases to run out.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true
    for (const { call } of [...this.#first.splice(0), ...this.#repeats.splice(0)]) this.#giveBack(call)
    const cancel = this.#options.clock.after(graceMs, () => {
      for (const controller of this.#inFlight) controller.abort(GIVE_BACK)
    })
    while (this.#unfinished.size > 0) await Promise.all(this.#unfinished)
    cancel()
  }

  #begin(call: CallStart): void {
    const { bounds, clock, observer } = this.#options
    if (this.#stopping) this.#giveBack(call)
    else if (this.#first.length + this.#repeats.length >= bounds.maxWaiting) {
      observer.leftToLease(call.key, `${bounds.maxWaiting} calls wait already`)
    } else {
      const queue = call.attempts === 0 ? this.#first : this.#repeats
      queue.push({ call, sinceMs: clock.nowMs() })
      this.#fill()
    }
  }

  #giveBack(call: CallStart): void {
    this.#follow(this.#record(call, GIVE_BACK))
  }

  #follow(work: Promise<void>): void {
    this.#unfinished.add(work)
    void work.finally(() => this.#unfinished.delete(work))
  }

  #fill(): void {
    const { maxInFlight } = this.#options.bounds
    while (this.#inFlight.size < maxInFlight) {
      const mayRepeat = this.#repeatsInFlight < maxInFlight / 2
      const next = this.#first.shift() ?? (mayRepeat ? this.#repeats.shift() : undefined)
      if (!next) return
      if (this.#isTooLate(next)) this.#options.observer.leftToLease(next.call.key, 'it waited too long for a place')
      else this.#follow(this.#make(next.call))
    }
  }

  /** Its result would come after its lease and not be applied. */
  #isTooLate({ sinceMs }: Waiting): boolean {
    const { clock, leaseMs, gateway } = this.#options
    return clock.nowMs() - sinceMs > leaseMs - gateway.timeLimitMs
  }

  async #make(call: CallStart): Promise<void> {
    const { gateway, clock, observer } = this.#options
    const controller = new AbortController()
    const repeats = call.attempts === 0 ? 0 : 1
    this.#inFlight.add(controller)
    this.#repeatsInFlight += repeats
    observer.inFlight(this.#inFlight.size)
    const startedMs = clock.nowMs()
    const result = await perform(gateway, call, controller, clock)
    this.#inFlight.delete(controller)
    this.#repeatsInFlight -= repeats
    observer.inFlight(this.#inFlight.size)
    observer.returned(call, result.outcome, clock.nowMs() - startedMs)
    this.#fill()
    await this.#record(call, result)
  }

  /** Never rejects: what cannot be recorded comes again with its task. */
  async #record({ orderId, key, token }: CallStart, result: CallResult): Promise<void> {
    const { record, clock, observer } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        await record({ orderId, key, token, result })
        return
      } catch (error) {
        if (tries === MAX_RECORDINGS || this.#stopping) return observer.leftToLease(key, error)
        await new Promise<void>((resolve) => clock.after(FIRST_RECORDING_WAIT_MS * 2 ** (tries - 1), resolve))
      }
    }
  }
}
