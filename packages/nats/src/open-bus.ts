import type { Bus, ConsumeOptions, Subscription } from '@skald/messaging'
import { type BusOptions, createBus } from './bus.ts'
import { transient } from './bus-error.ts'
import type { ConnectOptions } from './connection.ts'
import { type Dial, dial } from './dial.ts'
import { hasStream } from './topology.ts'

/*
 * A service starts, and serves whatever needs no broker, while there is none: it must not be an outage of NATS that keeps
 * orders from being taken. So its bus is there at once, and becomes the real one with the first connection; later losses
 * are the real one's business.
 */

export interface OpenBus extends Dial {
  readonly bus: Bus
}

/**
 * A bus whose connection is made in the background, see `dial`. Until then publications are refused as transient, as
 * during any outage, progress is unknown, and what is to be consumed is waited for.
 */
export const openBus = (connect: Omit<ConnectOptions, 'signal'>, options: BusOptions): OpenBus => {
  let real: Bus | undefined
  const early = new Set<EarlySubscription>()
  const dialled = dial(connect, (connection) => {
    const bus = createBus(connection, options)
    real = bus
    for (const subscription of early) subscription.begin(bus)
    early.clear()
  })
  const absent = (what: string): Promise<never> =>
    Promise.reject(transient(`${what}: there is no connection to NATS yet`))
  const bus: Bus = {
    publish: (publication) => real?.publish(publication) ?? absent(publication.subject),
    takes: (subject) => hasStream(options.topology, subject),
    progress: () => real?.progress() ?? absent('progress'),
    consume(asked) {
      if (real) return real.consume(asked)
      const subscription = new EarlySubscription(asked)
      early.add(subscription)
      return subscription
    },
  }
  return { bus, trouble: () => dialled.trouble(), close: () => dialled.close() }
}

/** What somebody wants to read once there is a connection. */
class EarlySubscription implements Subscription {
  readonly #asked: ConsumeOptions
  #real: Subscription | undefined
  #paused = false
  #stopped = false

  constructor(asked: ConsumeOptions) {
    this.#asked = asked
  }

  begin(bus: Bus): void {
    if (this.#stopped) return
    this.#real = bus.consume(this.#asked)
    if (this.#paused) this.#real.pause()
  }

  pause(): void {
    this.#paused = true
    this.#real?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#real?.resume()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#real?.stop()
  }
}
