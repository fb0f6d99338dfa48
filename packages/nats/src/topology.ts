import { isLiteral, takes } from './subjects.ts'

/** A stream as it should be. Limits retention, on file, oldest messages go first. */
export interface StreamPlan {
  readonly name: string
  readonly subjects: readonly string[]
  readonly maxAgeMs: number
  readonly maxMessageBytes: number
  /** A Nats-Msg-Id seen within this time is not stored again, on whichever subject of the stream it comes. */
  readonly dedupeWindowMs: number
  readonly replicas: number
}

/** A durable pull consumer as it should be. Explicit acks, every message until it is acked, from the beginning. */
export interface DurablePlan {
  readonly name: string
  readonly stream: string
  /** One filter a durable: servers before 2.10 know no more. */
  readonly filter: string
  /** The service that reads it; nobody else may. */
  readonly service: string
  /** A message not settled within this time comes again; `working` starts it anew. */
  readonly ackWaitMs: number
  /** Messages handed out and not yet acked, over all processes that read this durable. */
  readonly maxUnacked: number
  /** Subjects under the filter that another durable of the same service reads: acked here without being handed out. */
  readonly leaves: readonly string[]
}

/**
 * A stream's messages that no durable reads, taken together: under a family that nobody knew of they would lie there
 * unseen until they age out.
 */
export interface SweepPlan {
  readonly name: string
  readonly stream: string
  readonly service: string
}

/** What a service says: the filters of the subjects that it, and with permissions nobody else, may publish. */
export interface ServicePlan {
  readonly name: string
  readonly says: readonly string[]
}

export interface Topology {
  readonly streams: readonly StreamPlan[]
  readonly durables: readonly DurablePlan[]
  readonly sweeps: readonly SweepPlan[]
  readonly services: readonly ServicePlan[]
}

export interface TopologyOptions {
  /** 2 s: below the nudge (5 s), so that a crashed process's messages are with another one before anybody asks again. */
  readonly ackWaitMs?: number
  /** Copies of a stream, 1, 3 or 5. More than one needs a cluster of at least as many servers. */
  readonly replicas?: number
  /** Four processes with 500 messages in hand each; more would only wait in a queue of theirs. */
  readonly maxUnacked?: number
  /** Families of participants beside those of the order saga. */
  readonly participants?: readonly string[]
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1_000
/** Four times our own limit for a message: the broker is not what refuses a message first. */
const MAX_MESSAGE_BYTES = 1_048_576
/** Longer than any repeat of the same publish; a repeat on purpose has an id of its own. */
const DEDUPE_WINDOW_MS = 120_000

const EVERYBODY_SAYS = ['dead-letter.reported.v1']

/** The participants of the order saga. */
const ORDER = ['order', 'payment', 'inventory']

/**
 * The streams and durables of the order saga's participants, and of further ones. A participant is named by the family of
 * its messages: what begins with `trip.` is said by trip-service, what begins with `command.trip.` is for it.
 */
export const orderTopology = (options: TopologyOptions = {}): Topology => {
  const { ackWaitMs = 2_000, replicas = 1, maxUnacked = 2_000, participants = [] } = options
  const families = [...ORDER, ...participants]
  const stream = (name: string, subjects: readonly string[]): StreamPlan => ({
    name,
    subjects,
    maxAgeMs: WEEK_MS,
    maxMessageBytes: MAX_MESSAGE_BYTES,
    dedupeWindowMs: DEDUPE_WINDOW_MS,
    replicas,
  })
  const durable = (service: string, part: string, from: string, filter: string, leaves: readonly string[] = []) => ({
    name: `${service}-${part}`,
    stream: from,
    filter,
    service,
    ackWaitMs,
    maxUnacked,
    leaves,
  })
  return {
    streams: [
      stream('EVENTS', [...families.map(eventsOf), 'product.>', 'dead-letter.>']),
      stream('COMMANDS', ['command.>']),
    ],
    durables: [
      // Starts are apart from replies, so that they can wait their turn while replies go on.
      durable('saga-coordinator', 'starts', 'EVENTS', 'order.created.v1'),
      ...families.map((family) =>
        durable('saga-coordinator', family, 'EVENTS', eventsOf(family), family === 'order' ? ['order.created.v1'] : []),
      ),
      durable('saga-coordinator', 'dead-letters', 'EVENTS', 'dead-letter.>'),
      ...families.map((family) => durable(`${family}-service`, 'commands', 'COMMANDS', commandsOf(family))),
      durable('order-service', 'catalogue', 'EVENTS', 'product.>'),
      durable('inventory-service', 'catalogue', 'COMMANDS', 'command.product.>'),
    ],
    sweeps: [{ name: 'saga-coordinator-unrouted', stream: 'COMMANDS', service: 'saga-coordinator' }],
    services: [
      ...families.map((family) => ({
        name: `${family}-service`,
        says: [eventsOf(family), ...(OF_PRODUCTS[family] ?? []), ...EVERYBODY_SAYS],
      })),
      // Commands, and dead letters of anybody once more, on whichever subject they came.
      { name: 'saga-coordinator', says: [...families.map(eventsOf), 'product.>', 'dead-letter.>', 'command.>'] },
    ],
  }
}

const eventsOf = (family: string): string => `${family}.>`
const commandsOf = (family: string): string => `command.${family}.>`

/** Beside their own families two participants speak of products, which no saga does. */
const OF_PRODUCTS: Readonly<Record<string, readonly string[]>> = {
  order: ['command.product.announce.v1'],
  inventory: ['product.>'],
}

/** The stream that stores a subject; undefined when none does and a publication would be lost. */
export const streamOf = (topology: Topology, subject: string): string | undefined =>
  topology.streams.find(({ subjects }) => subjects.some((filter) => takes(filter, subject)))?.name

/** Whether what is published on the subject is stored. */
export const hasStream = (topology: Topology, subject: string): boolean =>
  isLiteral(subject) && streamOf(topology, subject) !== undefined

/** Whether some durable of the stream reads the subject. */
export const isRead = (topology: Topology, stream: string, subject: string): boolean =>
  topology.durables.some((durable) => durable.stream === stream && takes(durable.filter, subject))
