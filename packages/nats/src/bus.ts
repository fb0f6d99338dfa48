import type { Bus } from '@skald/messaging'
import { Consumer } from './consumer.ts'
import type { Connection } from './link.ts'
import { createProgress, planned, type Watched } from './progress.ts'
import { Publisher } from './publisher.ts'
import { Sweep } from './sweep.ts'
import { hasStream, streamOf, type Topology } from './topology.ts'

export interface BusOptions {
  readonly topology: Topology
  /** What `progress` samples; nothing by default. */
  readonly watched?: Watched
  /** From sending a message to its PubAck; 5 s by default. */
  readonly publishTimeoutMs?: number | undefined
  /** Messages sent and not acknowledged, at most; further ones wait. 4096 by default. */
  readonly maxPending?: number | undefined
}

/**
 * The Bus over JetStream. One a connection: its publisher, consumers and samples share it. Closing the connection ends
 * it; stop its subscriptions first.
 */
export const createBus = (connection: Connection, options: BusOptions): Bus => {
  const { topology, watched = { streams: [], durables: [] } } = options
  const publisher = new Publisher(connection, {
    streamOf: (subject) => streamOf(topology, subject),
    timeoutMs: options.publishTimeoutMs,
    maxPending: options.maxPending,
  })
  return {
    publish: (publication) => publisher.publish(publication),
    takes: (subject) => hasStream(topology, subject),
    consume: (asked) => {
      const sweep = topology.sweeps.find(({ name }) => name === asked.durable)
      return sweep
        ? new Sweep(connection, topology, sweep, asked)
        : new Consumer(connection, planned(topology, asked.durable), asked)
    },
    progress: createProgress(connection, topology, watched),
  }
}
