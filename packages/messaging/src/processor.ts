import { batchReads, decideBatch, type Input, type Outcome } from './batch.ts'
import { BugGuard } from './bug-guard.ts'
import type { Bus, Delivery, Subscription } from './bus.ts'
import type { Clock } from './clock.ts'
import { deadLetters } from './dead-letters.ts'
import { msgIdOf } from './envelope.ts'
import type { Handler } from './handle.ts'
import type { Inbox } from './inbox.ts'
import { type Check, intake } from './intake.ts'
import type { Codec, Message } from './message.ts'
import type { Observer } from './observer.ts'
import type { TableShape } from './rows.ts'
import { type Store, StoreError } from './store.ts'
import { type TaskKinds, takeTasks } from './task-source.ts'

/** One transaction takes at most so many inputs: larger ones gain nothing and hold locks longer. */
const MAX_BATCH = 500
/** Requests in a batch, at most: half, so that a flood of new orders does not keep running sagas waiting. */
const MAX_REQUESTS = 250
/** A lost race or a deadlock is run again at once, so often; after that the inputs go back to where they came from. */
const MAX_RACES = 8
/** Batches committed and not yet fully acknowledged by the broker; more would only queue in its client. */
const MAX_UNSETTLED_BATCHES = 4
/** Below the ack wait: whatever is still in hand then asks for more time. */
const WORKING_EVERY_MS = 700
/** How long a delivery that met a transient fault stays away. */
const RETRY_MS = 500

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

export interface Processor {
  start(): void
  /** Handles a request like a message, in the same batches. Resolves with the decision's reply after the commit. */
  submit<Data>(handler: Handler<Data>, message: Message<Data>): Promise<unknown>
  /** Stops or goes on taking from one durable; replies go first by holding back starts. */
  hold(durable: string, held: boolean): void
  /** Why a consumer is paused, by durable; empty when all is well. */
  trouble(): ReadonlyMap<string, string>
  /** Stops taking, finishes what is in hand. What is not done by the deadline comes again to somebody else. */
  stop(deadlineMs: number): Promise<void>
}

/** An input with the way to settle it. */
interface Work {
  readonly input: Input
  readonly delivery: Delivery | undefined
  readonly done: (reply: unknown) => void
  readonly failed: (error: unknown) => void
}

/** Somebody else was first (23505), or the database chose a victim (40): the same batch will see the winner's rows. */
const isRace = (error: unknown): boolean =>
  error instanceof StoreError && (error.code === '23505' || error.code?.startsWith('40') === true)

/** Runs inputs through handlers, batch by batch: one transaction, then all publications, then all acks. */
export const createProcessor = (options: ProcessorOptions): Processor => {
  const { store, bus, codec, clock, observer } = options
  const handlers = new Map(options.handlers.map((handler) => [handler.type, handler]))
  const lockOrder = [...options.lockOrder, deadLetters]
  const rules = { source: options.source, lockOrder, inbox: options.inbox }
  const requests: Work[] = []
  const deliveries: Work[] = []
  const inHand = new Set<Delivery>()
  const subscriptions = new Map<string, Subscription>()
  const bugs = new BugGuard(clock, subscriptions, observer)
  const unsettled = new Set<Promise<void>>()
  let wake: (() => void) | undefined
  let running = false
  let loop: Promise<void> | undefined
  let cancelTimers: Array<() => void> = []

  const arrived = (): void => {
    wake?.()
    wake = undefined
  }

  const onDelivery = (delivery: Delivery): void => {
    inHand.add(delivery)
    if (delivery.deliveries > 1) observer.redelivered(delivery.durable)
    const input = intake(delivery, codec, options.check, handlers, clock.nowMs())
    deliveries.push({
      input: bugs.suspects(input.message.type) ? { ...input, lastTry: false } : input,
      delivery,
      done: () => {
        inHand.delete(delivery)
        delivery.ack()
      },
      failed: () => {
        inHand.delete(delivery)
        delivery.nak(RETRY_MS * Math.min(delivery.deliveries, 10))
      },
    })
    arrived()
  }

  const nextBatch = (): Work[] => {
    const batch = requests.splice(0, MAX_REQUESTS)
    batch.push(...deliveries.splice(0, MAX_BATCH - batch.length))
    return batch
  }

  const run = async (): Promise<void> => {
    for (;;) {
      const batch = nextBatch()
      if (batch.length === 0) {
        if (!running) return
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      while (unsettled.size >= MAX_UNSETTLED_BATCHES) await Promise.race(unsettled)
      await attempt(batch)
    }
  }

  /** Commits a batch; a fault decides who tries again. Never rejects: the loop must outlive every fault. */
  const attempt = async (batch: readonly Work[], races = 0): Promise<void> => {
    const inputs = batch.map(({ input }) => input)
    const reads = batchReads(inputs, rules)
    const startedMs = clock.nowMs()
    try {
      const outcomes = await store.transact(reads, (loaded) => decideBatch(inputs, reads, loaded, rules))
      observer.batch(batch.length, clock.nowMs() - startedMs)
      const settling = settle(batch, outcomes)
      unsettled.add(settling)
      void settling.finally(() => unsettled.delete(settling))
    } catch (error) {
      if (isRace(error) && races < MAX_RACES) await attempt(batch, races + 1)
      else await afterFault(batch, error)
    }
  }

  const afterFault = async (batch: readonly Work[], error: unknown): Promise<void> => {
    const fault = error instanceof StoreError ? error.fault : 'refused'
    observer.stalled(fault, error)
    if (fault === 'refused' && batch.length > 1) {
      const middle = batch.length >> 1
      await attempt(batch.slice(0, middle))
      await attempt(batch.slice(middle))
    } else if (fault === 'refused') {
      await buryAlone(batch, error)
    } else {
      if (fault === 'broken') for (const { delivery } of batch) if (delivery) bugs.broken(delivery.durable, error)
      for (const work of batch) work.failed(error)
      await new Promise<void>((resolve) => clock.after(50, resolve))
    }
  }

  /** The one input whose own data cannot be stored: a dead letter if it was a message, an error to whoever asked otherwise. */
  const buryAlone = async (batch: readonly Work[], error: unknown): Promise<void> => {
    const [work] = batch
    if (!work) return
    const { letter } = work.input
    const detail = error instanceof Error ? error.message : String(error)
    const already = work.input.handler.type === 'refused-by-store'
    if (!letter || already) return work.failed(error)
    const handler: Handler = {
      type: 'refused-by-store',
      rows: () => [],
      decide: () => ({ refuse: { reason: 'not-storable', detail } }),
    }
    await attempt([{ ...work, input: { ...work.input, handler, digest: undefined } }])
  }

  const settle = async (batch: readonly Work[], outcomes: readonly Outcome[]): Promise<void> => {
    await Promise.all(
      batch.map(async (work, index) => {
        const outcome = outcomes[index]
        if (!outcome) return
        report(work, outcome)
        if (outcome.kind === 'failed') return work.failed(outcome.error)
        if (outcome.kind === 'dead' && !work.delivery) return work.failed(new Error(outcome.detail))
        const sent = Promise.all(outcome.sends.map(({ message, repeat }) => publish(message, repeat)))
        if (!work.delivery) {
          // A request is answered after its commit; what it says is also a task, so nothing is lost when sending fails.
          sent.catch((error: unknown) => observer.unpublished(work.input.message, error))
          return work.done(outcome.kind === 'handled' ? outcome.reply : undefined)
        }
        try {
          await sent
          work.done(undefined)
        } catch (error) {
          observer.unpublished(work.input.message, error)
          work.failed(error)
        }
      }),
    )
  }

  const publish = (message: Message, repeat: number) =>
    bus.publish({
      subject: codec.wireOf(message.type),
      msgId: msgIdOf(message.id, repeat),
      payload: codec.encode(message),
    })

  const report = ({ input, delivery }: Work, outcome: Outcome): void => {
    const { message } = input
    if (outcome.kind === 'duplicate') {
      observer.duplicate(message)
      if (outcome.sends.length > 0) observer.resent(outcome.sends.length)
    } else if (outcome.kind === 'dead') observer.deadLetter(outcome.reason, message, outcome.detail)
    else if (outcome.kind === 'failed') {
      observer.failed(message, outcome.error)
      if (delivery) bugs.failed(delivery.durable, message, outcome.error)
    } else {
      observer.handled(message)
      if (delivery) bugs.succeeded(delivery.durable, message.type)
    }
  }

  const every = (periodMs: number, act: () => void): void => {
    let cancel = (): void => undefined
    const tick = (): void => {
      act()
      if (running) cancel = clock.after(periodMs, tick)
    }
    cancel = clock.after(periodMs, tick)
    cancelTimers.push(() => cancel())
  }

  return {
    start() {
      running = true
      loop = run()
      for (const { durable, maxInHand } of options.durables) {
        subscriptions.set(durable, bus.consume({ durable, maxInHand, onDelivery }))
      }
      every(WORKING_EVERY_MS, () => {
        for (const delivery of inHand) delivery.working()
      })
      cancelTimers.push(takeTasks(store, options.tasks, clock, observer))
    },
    submit<Data>(handler: Handler<Data>, message: Message<Data>) {
      return new Promise<unknown>((resolve, reject) => {
        const input = {
          handler: handler as Handler,
          message,
          digest: undefined,
          repeat: 0,
          letter: undefined,
          lastTry: false,
        }
        requests.push({ input, delivery: undefined, done: resolve, failed: reject })
        arrived()
      })
    },
    hold(durable, held) {
      const subscription = subscriptions.get(durable)
      if (held) subscription?.pause()
      else if (!bugs.trouble().has(durable)) subscription?.resume()
    },
    trouble: () => bugs.trouble(),
    async stop(deadlineMs) {
      for (const subscription of subscriptions.values()) subscription.pause()
      for (const cancel of cancelTimers) cancel()
      cancelTimers = []
      const finished = (async () => {
        running = false
        arrived()
        await loop
        await Promise.all(unsettled)
      })()
      let cancel = (): void => undefined
      const deadline = new Promise<void>((resolve) => {
        cancel = clock.after(deadlineMs, resolve)
      })
      await Promise.race([finished, deadline])
      cancel()
      await Promise.all([...subscriptions.values()].map((subscription) => subscription.stop()))
    },
  }
}
