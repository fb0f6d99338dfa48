import { batchReads, decideBatch, type Rules } from './batch.ts'
import { BugGuard } from './bug-guard.ts'
import type { Bus, Delivery, Subscription } from './bus.ts'
import type { Clock } from './clock.ts'
import { deadLetters } from './dead-letters.ts'
import type { Handler } from './handle.ts'
import type { Inbox } from './inbox.ts'
import { type Check, intake } from './intake.ts'
import type { Codec, Message } from './message.ts'
import type { Observer } from './observer.ts'
import type { RowRef, TableShape } from './rows.ts'
import { type SettlementPorts, settle } from './settlement.ts'
import { type Store, StoreError } from './store.ts'
import { type TaskKinds, takeTasks } from './task-source.ts'
import { Unsent } from './unsent.ts'
import { type Work, WorkQueue } from './work.ts'

/** One transaction takes at most so many inputs: larger ones gain nothing and hold locks longer. */
const MAX_BATCH = 500
/** A lost race or a deadlock is run again at once, so often; after that the inputs go back to where they came from. */
const MAX_RACES = 8
/** Batches committed and not yet fully acknowledged by the broker; more would only queue in its client. */
const MAX_UNSETTLED_BATCHES = 4
/** Below the ack wait: whatever is still in hand then asks for more time. */
const WORKING_EVERY_MS = 700
/** How long a delivery that met a fault stays away, times its deliveries so far, up to ten. */
const RETRY_MS = 500
/** When a delivery comes again whose ack would say too much: soon, since everything after it counts as unhandled until then. */
const REDELIVER_MS = 250
/** Such deliveries at a time; more are acked. New messages must not wait behind them: a durable has 2,000 out at most. */
const MAX_COMING_AGAIN = 250
/** A pause after a fault of the store, so that an outage is not met by a busy loop. */
const FAULT_PAUSE_MS = 50

export interface DurableOptions {
  readonly durable: string
  /** Messages handed to this process and not yet acked, at most. */
  readonly maxInHand: number
}

export interface ProcessorOptions {
  /** CloudEvents source of everything said here. */
  readonly source: string
  readonly store: Store
  readonly bus: Bus
  readonly codec: Codec
  readonly check: Check
  readonly handlers: readonly Handler[]
  /** Tables in the order in which they are locked, everywhere the same. */
  readonly lockOrder: readonly TableShape[]
  readonly inbox: Inbox
  readonly durables: readonly DurableOptions[]
  readonly tasks: TaskKinds
  readonly clock: Clock
  readonly observer: Observer
}

/** Runs inputs through handlers, batch by batch: one transaction, then all publications, then all acks. */
export class Processor {
  readonly #options: ProcessorOptions
  readonly #handlers: ReadonlyMap<string, Handler>
  readonly #rules: Rules
  readonly #queue = new WorkQueue()
  /** Since when, by this process's clock. */
  readonly #inHand = new Map<Delivery, number>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #bugs: BugGuard
  readonly #unsent: Unsent
  readonly #settlement: SettlementPorts
  readonly #unsettled = new Set<Promise<void>>()
  readonly #held = new Set<string>()
  #comingAgain = 0
  #cancelTicks: (() => void) | undefined
  #cancelTasks = (): void => undefined
  #running = false
  #loop: Promise<void> | undefined

  constructor(options: ProcessorOptions) {
    const { source, inbox, clock, observer, bus, codec } = options
    this.#options = options
    this.#handlers = new Map(options.handlers.map((handler) => [handler.type, handler]))
    this.#rules = { source, inbox, codec, lockOrder: [...options.lockOrder, deadLetters] }
    this.#bugs = new BugGuard(clock, this.#subscriptions, observer)
    this.#unsent = new Unsent(bus, clock)
    this.#settlement = { bus, observer, bugs: this.#bugs, unsent: this.#unsent }
  }

  start(): void {
    const { durables, bus, store, tasks, clock, observer } = this.#options
    this.#running = true
    this.#loop = this.#run()
    for (const { durable, maxInHand } of durables) {
      const onDelivery = (delivery: Delivery): void => this.#take(delivery)
      this.#subscriptions.set(durable, bus.consume({ durable, maxInHand, onDelivery }))
    }
    this.#cancelTasks = takeTasks(store, tasks, clock, observer)
  }

  /** Handles a request like a message, in the same batches. Resolves with the decision's reply after the commit. */
  submit<Data>(handler: Handler<Data>, message: Message<Data>): Promise<unknown> {
    return new Promise((done, failed) => {
      const rest = { digest: undefined, repeat: 0, cameBefore: false, letter: undefined, lastTry: false }
      const input = { handler: handler as Handler, message, ...rest }
      this.#queue.add({ input, delivery: undefined, done, redeliver: () => done(undefined), failed })
    })
  }

  /** Holds one durable back, or lets it go on; what was handed out already is still handled. */
  hold(durable: string, held: boolean): void {
    if (this.#held.has(durable) === held) return
    if (held) {
      this.#held.add(durable)
      this.#subscriptions.get(durable)?.pause()
    } else {
      this.#held.delete(durable)
      if (!this.#bugs.trouble().has(durable)) this.#subscriptions.get(durable)?.resume()
    }
  }

  /** Why a consumer is paused, by durable; empty when all is well. */
  trouble(): ReadonlyMap<string, string> {
    return this.#bugs.trouble()
  }

  /** Stops taking, finishes what is in hand. What is not done by the deadline comes again to somebody else. */
  async stop(deadlineMs: number): Promise<void> {
    for (const subscription of this.#subscriptions.values()) subscription.pause()
    this.#cancelTasks()
    this.#running = false
    this.#cancelTicks?.()
    this.#queue.wakeUp()
    await this.#within(deadlineMs, this.#finish())
    this.#unsent.stop()
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.stop()))
  }

  async #finish(): Promise<void> {
    await this.#loop
    await Promise.all(this.#unsettled)
  }

  async #within(deadlineMs: number, work: Promise<void>): Promise<void> {
    let cancel = (): void => undefined
    const deadline = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(deadlineMs, resolve)
    })
    await Promise.race([work, deadline])
    cancel()
  }

  #take(delivery: Delivery): void {
    const { codec, check, clock, observer } = this.#options
    this.#inHand.set(delivery, clock.nowMs())
    this.#keepInHand()
    if (delivery.deliveries > 1) observer.redelivered(delivery.durable)
    const input = intake(delivery, codec, check, this.#handlers, clock.nowMs())
    this.#queue.add({
      input: this.#bugs.suspects(input.message.type) ? { ...input, lastTry: false } : input,
      delivery,
      done: () => this.#ack(delivery),
      redeliver: () => this.#redeliver(delivery),
      failed: () => this.#giveBack(delivery, RETRY_MS * Math.min(delivery.deliveries, 10)),
    })
  }

  #ack(delivery: Delivery): void {
    this.#inHand.delete(delivery)
    delivery.ack()
  }

  #giveBack(delivery: Delivery, delayMs: number): void {
    this.#inHand.delete(delivery)
    delivery.nak(delayMs)
  }

  #redeliver(delivery: Delivery): void {
    if (this.#comingAgain >= MAX_COMING_AGAIN) {
      this.#ack(delivery)
      return
    }
    this.#comingAgain += 1
    this.#options.clock.after(REDELIVER_MS, () => {
      this.#comingAgain -= 1
    })
    this.#giveBack(delivery, REDELIVER_MS)
  }

  /** A message that waits here longer than the ack wait would be handed to somebody else as well. Ticks while one is here. */
  #keepInHand(): void {
    const { clock } = this.#options
    if (this.#cancelTicks || this.#inHand.size === 0 || !this.#running) return
    this.#cancelTicks = clock.after(WORKING_EVERY_MS, () => {
      const nowMs = clock.nowMs()
      for (const [delivery, sinceMs] of this.#inHand) if (nowMs - sinceMs >= WORKING_EVERY_MS) delivery.working()
      this.#cancelTicks = undefined
      this.#keepInHand()
    })
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = this.#queue.take(MAX_BATCH)
      if (batch.length > 0) {
        while (this.#unsettled.size >= MAX_UNSETTLED_BATCHES) await Promise.race(this.#unsettled)
        await this.#attempt(batch, 0)
      } else if (this.#running) await this.#queue.next()
      else return
    }
  }

  /** Commits a batch; a fault decides who tries again. Never rejects: the loop must outlive every fault. */
  async #attempt(batch: readonly Work[], races: number, more: readonly RowRef[] = []): Promise<void> {
    const { store, clock, observer } = this.#options
    const inputs = batch.map(({ input }) => input)
    const startedMs = clock.nowMs()
    let decided: ReturnType<typeof decideBatch>['result']
    try {
      // A guess that was wrong shows as a lost race: the second time nothing is guessed.
      const reads = batchReads(inputs, this.#rules, races === 0 && more.length === 0, more)
      decided = await store.transact(reads, (loaded) => decideBatch(inputs, reads, loaded, this.#rules))
    } catch (error) {
      if (isRace(error) && races < MAX_RACES) return this.#attempt(batch, races + 1, more)
      return this.#afterFault(batch, error)
    }
    if ('needs' in decided) return this.#attempt(batch, races, [...more, ...decided.needs])
    observer.batch(batch.length, clock.nowMs() - startedMs)
    const settling = settle(batch, decided, this.#settlement)
    this.#unsettled.add(settling)
    void settling.finally(() => this.#unsettled.delete(settling))
  }

  async #afterFault(batch: readonly Work[], error: unknown): Promise<void> {
    const { clock, observer } = this.#options
    const fault = error instanceof StoreError ? error.fault : 'refused'
    observer.stalled(fault, error)
    if (fault === 'refused') return this.#findCulprit(batch, error)
    for (const work of batch) {
      if (fault === 'broken' && work.delivery) this.#bugs.broken(work.delivery.durable, error)
      work.failed(error)
    }
    await new Promise<void>((resolve) => clock.after(FAULT_PAUSE_MS, resolve))
  }

  /** Halves a batch until the one input is alone whose data cannot be stored: a dead letter if it was a message. */
  async #findCulprit(batch: readonly Work[], error: unknown): Promise<void> {
    const [work] = batch
    if (batch.length > 1) {
      const middle = batch.length >> 1
      await this.#attempt(batch.slice(0, middle), 0)
      await this.#attempt(batch.slice(middle), 0)
    } else if (work?.input.letter && work.input.handler.type !== NOT_STORABLE) {
      const detail = error instanceof Error ? error.message : String(error)
      const handler = {
        type: NOT_STORABLE,
        rows: () => [],
        decide: () => ({ refuse: { reason: NOT_STORABLE, detail } }),
      }
      await this.#attempt([{ ...work, input: { ...work.input, handler, digest: undefined } }], 0)
    } else work?.failed(error)
  }
}

const NOT_STORABLE = 'not-storable'

/** Somebody else was first (23505), or the database chose a victim (40): the same batch will see the winner's rows. */
const isRace = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === '23505' || error.code?.startsWith('40') === true)
