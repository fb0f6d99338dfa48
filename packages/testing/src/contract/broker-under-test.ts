import type { Bus, ConsumeOptions, Delivery, Subscription } from '@skald/messaging'
import { orderTopology, type Topology } from '@skald/nats'
import { onTestFinished } from 'vitest'

/** A broker behind the Bus port, with what it takes to trouble it. */
export interface BrokerUnderTest {
  readonly times: BrokerTimes
  /** Milliseconds, true or virtual; only differences mean something. */
  nowMs(): number
  /** Lets a little time pass. */
  step(): Promise<void>
  /** One process more, with a connection of its own. */
  join(): Promise<Process>
  /** Stands still for so long; resolves when it does. */
  freeze(forMs: number): Promise<void>
  /** Has lost everything, its streams too, when this resolves; they are made anew so much later. */
  loseStore(forMs: number): Promise<void>
  /** Has lost a durable when this resolves; it is made anew so much later, by somebody who knows nothing of the old one. */
  loseDurable(name: string, forMs: number): Promise<void>
  close(): Promise<void>
}

export type Way = 'publication' | 'PubAck' | 'ack'

export interface Process {
  readonly bus: Bus
  /** What it sends or is sent on this way is lost from now on, until the returned function is called. */
  lose(way: Way): () => void
  /** Its connection is lost, and can be made again so much later. */
  disconnect(forMs: number): Promise<void>
  /** Gone at once, with all that it has in hand. */
  leave(): Promise<void>
}

export interface BrokerTimes {
  readonly ackWaitMs: number
  readonly dedupeWindowMs: number
  /** Publications and questions that were not answered are given up within this. */
  readonly patienceMs: number
  /** How much later than its time something may come. */
  readonly slackMs: number
}

/** Over all processes that read one durable. */
export const MAX_UNACKED = 6
export const STREAMS = ['EVENTS', 'COMMANDS'] as const
export const PAYMENTS = 'saga-coordinator-payment'
export const UNROUTED = 'saga-coordinator-unrouted'

/** The topology of the order saga with times that a test can wait for. */
export const contractTopology = ({ ackWaitMs, dedupeWindowMs }: BrokerTimes): Topology => {
  const topology = orderTopology({ ackWaitMs, maxUnacked: MAX_UNACKED })
  return { ...topology, streams: topology.streams.map((stream) => ({ ...stream, dedupeWindowMs })) }
}

export const WATCHED = { streams: STREAMS, durables: [PAYMENTS] }

/** Far beyond any wait of the suite. */
const IN_VAIN_MS = 20_000

/** One broker of one test, which it ends with. */
export class Scene {
  readonly broker: BrokerUnderTest

  private constructor(broker: BrokerUnderTest) {
    this.broker = broker
  }

  static async open(open: () => Promise<BrokerUnderTest>): Promise<Scene> {
    const broker = await open()
    onTestFinished(() => broker.close())
    return new Scene(broker)
  }

  /** Waits for a condition, whatever kind of time passes meanwhile. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    const sinceMs = this.broker.nowMs()
    while (!(await isSo())) {
      if (this.broker.nowMs() - sinceMs > IN_VAIN_MS) throw new Error(`waited in vain until ${what}`)
      await this.broker.step()
    }
  }

  /** Waits until the clock shows that so much has passed since a moment. */
  untilPassed(ms: number, sinceMs = this.broker.nowMs()): Promise<void> {
    return this.until(`${ms} ms have passed`, () => this.broker.nowMs() - sinceMs >= ms)
  }

  /** Reads a durable, and keeps all that is handed out in order. */
  read({ bus }: Process, { durable = PAYMENTS, maxInHand = 50, onDelivery = keep }: Reading = {}): Handed {
    const all: { delivery: Delivery; atMs: number }[] = []
    const take = (delivery: Delivery): void => {
      all.push({ delivery, atMs: this.broker.nowMs() })
      onDelivery(delivery)
    }
    return { all, subscription: bus.consume({ durable, maxInHand, onDelivery: take }) }
  }

  async handed({ all }: Handed, count: number): Promise<void> {
    await this.until(`${count} are handed out`, () => all.length >= count)
  }

  /** Until nothing is queued for the durable, nor in anybody's hand. */
  async drained({ bus }: Process): Promise<void> {
    await this.until('all is settled', async () => {
      const payments = (await bus.progress()).durables[PAYMENTS]
      return payments?.pending === 0 && payments.unacked === 0
    })
  }
}

export type Reading = Partial<ConsumeOptions>

export interface Handed {
  readonly all: readonly { readonly delivery: Delivery; readonly atMs: number }[]
  readonly subscription: Subscription
}

const keep = (): void => undefined
export const ack = (delivery: Delivery): void => delivery.ack()

/** Messages by their ids and how often each was handed out. */
export const idsOf = ({ all }: Handed): (string | undefined)[] => all.map(({ delivery }) => delivery.msgId)
export const countsOf = ({ all }: Handed): number[] => all.map(({ delivery }) => delivery.deliveries)

export const payment = (msgId: string, subject = 'payment.confirmed.v1') => ({ subject, msgId, payload: `of ${msgId}` })

export const publishAll = async ({ bus }: Process, ...ids: readonly string[]): Promise<void> => {
  for (const id of ids) await bus.publish(payment(id))
}

export const isKept = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  )
