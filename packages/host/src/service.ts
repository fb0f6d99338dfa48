import type {
  Bus,
  Clock,
  DurableOptions,
  Handler,
  Inbox,
  Message,
  Processor,
  Store,
  TableShape,
  Task,
} from '@skald/messaging'
import type { AnyConfigPart, ConfigOf, Http, Logger, Metrics } from '@skald/service'
import type { Pool } from 'pg'

/** What a service is given to build itself on. It never opens a connection of its own. */
export interface Platform {
  readonly store: Store
  readonly bus: Bus
  /** For cold reads: lists, GET by id. Whatever changes something goes through `submit`. */
  readonly pool: Pool
  readonly databaseUrl: string
  readonly http: Http
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  /** 122 random bits as text, for ids of things that start here. */
  readonly random: () => string
  /** Handles a request in the next batch; resolves with the decision's reply once it is committed. */
  readonly submit: <Data>(handler: Handler<Data>, message: Message<Data>) => Promise<unknown>
}

/** What a service's part that handles messages and tasks is built on: all of the platform but HTTP and cold reads. */
export type AppPorts = Omit<Platform, 'pool' | 'databaseUrl' | 'http'>

/** What a service consists of, as data for the processor. */
export interface App {
  readonly handlers: readonly Handler[]
  readonly lockOrder: readonly TableShape[]
  readonly durables: readonly DurableOptions[]
  /** What is done with a due task, by its kind. */
  readonly tasks: Readonly<Record<string, (task: Task) => void>>
  /** Where handled messages are remembered; the inbox table when not given. */
  readonly inbox?: Inbox
  /** Told of each handled input after its commit, with what the decision replied: for metrics. */
  readonly handled?: (message: Message, reply: unknown) => void
  /** Called once the processor runs. */
  readonly started?: (processor: Processor) => void | Promise<void>
  /** Called before the processor stops. */
  readonly stopping?: () => void | Promise<void>
}

export interface Watched {
  readonly streams: readonly string[]
  readonly durables: readonly string[]
}

/** A service as data: what it must be told, and how it is built from that. */
export interface Service<Parts extends readonly AnyConfigPart[] = readonly AnyConfigPart[]> {
  readonly name: string
  /** Parts of its configuration; the common, http and database parts must be among them. */
  readonly config: Parts
  /** Streams and durables whose progress the service asks for; each costs one small request a sample. */
  watches(config: ConfigOf<Parts>): Watched
  /** True for the one that makes and repairs streams and durables, with its own credential. */
  readonly keepsTopology?: boolean
  build(platform: Platform, config: ConfigOf<Parts>): App | Promise<App>
}

export const defineService = <const Parts extends readonly AnyConfigPart[]>(service: Service<Parts>): Service<Parts> =>
  service
