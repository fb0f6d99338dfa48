import type { Subscription } from 'nats'
import { streamState } from './api.ts'
import { messageOf } from './bus-error.ts'
import { type EnsureOptions, ensureTopology, type LowWater } from './ensure.ts'
import type { Connection } from './link.ts'
import type { Topology } from './topology.ts'

export interface KeeperOptions extends EnsureOptions {
  /** Between two looks at everything. 1 s by default: four small requests. */
  readonly everyMs?: number
}

export interface Keeper {
  /** Looks now, after a look that is running. Resolves when done; never rejects. */
  check(): Promise<void>
  /** Why the topology does not stand at the moment; undefined when it does. */
  trouble(): string | undefined
  stop(): Promise<void>
}

const EVERY_MS = 1_000
/**
 * A server removes the files of a deleted stream only after it has said that it is deleted. A stream of that name made
 * meanwhile shares the folder and loses its files to that: it takes messages and can never hand one out, until somebody
 * deletes it again. Removing takes milliseconds, on a busy machine a few hundred.
 */
const FILES_GONE_AFTER_MS = 900
/** The server tells about every deletion on these; they may be lost, so they only make the next look earlier. */
const DELETIONS = ['$JS.EVENT.ADVISORY.STREAM.DELETED.>', '$JS.EVENT.ADVISORY.CONSUMER.DELETED.>']

/**
 * Keeps the topology standing: looks every second, at once after a reconnect (the server may have come back without its
 * store) and at once after a deletion, and makes good what is missing or changed. A stream that may have been deleted this
 * moment is made a second later, see FILES_GONE_AFTER_MS; a durable at once. It remembers how far each durable was,
 * so that one which was deleted goes on there while its stream is the same. Several keepers may run at once.
 */
export const keepTopology = (connection: Connection, topology: Topology, options: KeeperOptions = {}): Keeper =>
  new TopologyKeeper(connection, topology, options)

class TopologyKeeper implements Keeper {
  readonly #connection: Connection
  readonly #topology: Topology
  readonly #options: KeeperOptions
  readonly #subscriptions: readonly Subscription[]
  readonly #forget: () => void
  #remembered = new Map<string, LowWater>()
  /** Streams that this server process has held before our eyes. */
  readonly #stood = new Set<string>()
  /** When a stream was first found to be missing. */
  readonly #missingSinceMs = new Map<string, number>()
  /** The server process that is looked at; a lost connection alone may lead back to the same. */
  #serverId: string | undefined
  /** Whether nothing was ever deleted in that process before we looked: it began meanwhile, or holds nothing at all. */
  #isNewServer: boolean | undefined
  #running: Promise<void> | undefined
  #again = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false
  #trouble: string | undefined = 'not looked at yet'

  constructor(connection: Connection, topology: Topology, options: KeeperOptions) {
    this.#connection = connection
    this.#topology = topology
    this.#options = options
    const callback = (): void => void this.check()
    this.#subscriptions = DELETIONS.map((subject) => connection.client.subscribe(subject, { callback }))
    this.#forget = connection.onChange((up) => {
      if (!up) return
      this.#meetServer()
      void this.check()
    })
    this.#serverId = connection.client.info?.server_id
    void this.check()
  }

  trouble(): string | undefined {
    return this.#trouble
  }

  check(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#forget()
    clearTimeout(this.#timer)
    if (!this.#connection.client.isClosed()) {
      for (const subscription of this.#subscriptions) subscription.unsubscribe()
    }
    await this.#running
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    while (this.#again && !this.#stopped) {
      this.#again = false
      if (this.#connection.isUp()) await this.#look()
    }
    if (this.#stopped || this.#connection.client.isClosed()) return
    this.#timer = setTimeout(() => void this.check(), this.#options.everyMs ?? EVERY_MS)
  }

  /** Another process deletes nothing that was there before it: what is missing in it can be made now. */
  #meetServer(): void {
    const serverId = this.#connection.client.info?.server_id
    if (serverId === this.#serverId) return
    this.#serverId = serverId
    this.#isNewServer = true
    this.#stood.clear()
    this.#missingSinceMs.clear()
  }

  async #holdsNothing(): Promise<boolean> {
    const streams = this.#topology.streams.map(({ name }) => streamState(this.#connection, name))
    return (await Promise.all(streams)).every((state) => state === undefined)
  }

  async #look(): Promise<void> {
    try {
      this.#isNewServer ??= await this.#holdsNothing()
      const lowWater = (durable: string, incarnation: string) => this.#lowWater(durable, incarnation)
      const mayMake = (stream: string) => this.#mayMake(stream)
      const { changes, left, lowWaters } = await ensureTopology(this.#connection, this.#topology, { lowWater, mayMake })
      for (const { change, what } of changes) this.#connection.report({ kind: 'topology-changed', change, what })
      this.#remember(lowWaters)
      this.#noteStanding(left)
      this.#trouble = left.length === 0 ? undefined : `deleted, and made anew in a moment: ${left.join(', ')}`
    } catch (error) {
      const detail = messageOf(error)
      if (detail !== this.#trouble) this.#connection.report({ kind: 'topology-unkept', detail })
      this.#trouble = detail
    }
  }

  #mayMake(stream: string): boolean {
    if (this.#isNewServer && !this.#stood.has(stream)) return true
    const nowMs = performance.now()
    const sinceMs = this.#missingSinceMs.get(stream) ?? nowMs
    this.#missingSinceMs.set(stream, sinceMs)
    return nowMs - sinceMs >= FILES_GONE_AFTER_MS
  }

  #noteStanding(left: readonly string[]): void {
    for (const { name } of this.#topology.streams) {
      if (left.includes(name)) continue
      this.#stood.add(name)
      this.#missingSinceMs.delete(name)
    }
  }

  /** The higher one of what was seen here and what the services know: both are true. */
  async #lowWater(durable: string, incarnation: string): Promise<number | undefined> {
    const told = await this.#options.lowWater?.(durable, incarnation)
    const remembered = this.#remembered.get(durable)
    const seen = remembered?.incarnation === incarnation ? remembered.sequence : undefined
    return told === undefined || seen === undefined ? (told ?? seen) : Math.max(told, seen)
  }

  /** A durable that somebody made anew is behind what it was; what was acked before stays acked. */
  #remember(lowWaters: ReadonlyMap<string, LowWater>): void {
    for (const [durable, now] of lowWaters) {
      const seen = this.#remembered.get(durable)
      if (seen?.incarnation === now.incarnation && seen.sequence > now.sequence) continue
      this.#remembered.set(durable, now)
    }
  }
}
