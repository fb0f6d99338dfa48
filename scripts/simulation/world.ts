import { adjustments, inventoryApp, products, stocks } from '@skald/inventory-service'
import { orderTopology, type Topology } from '@skald/nats'
import { LISTENING_DURABLES, orderApp, productCopies } from '@skald/order-service'
import { paymentApp } from '@skald/payment-service'
import {
  type Coordination,
  coordinatorApp,
  Definitions,
  definitionsFor,
  NOTHING_PAUSED,
  Pauses,
  patienceOf,
  stepPauses,
  watchedWith,
} from '@skald/saga-coordinator'
import { SimBroker, SimDatabase, type Simulation, type Watched } from '@skald/testing/simulation'
import { tripApp } from '@skald/trip-service'
import { backgroundOf } from './background.ts'
import { GatewayBooks } from './gateway.ts'
import { Leases } from './leases.ts'
import { isStrange } from './letters.ts'
import { hasProductsOf, stockReadingOf, streamMarksOf } from './reads.ts'
import { Replica } from './replica.ts'
import type { Settings } from './settings.ts'
import { TripWatch } from './trip-watch.ts'
import { Watch } from './watch.ts'

const LISTENING = { streams: ['EVENTS'], durables: LISTENING_DURABLES }
const NOTHING_WATCHED = { streams: [], durables: [] }
const DATABASES = ['order', 'inventory', 'payment', 'saga', 'trip'] as const
type ByDatabase<What> = Readonly<Record<(typeof DATABASES)[number], What>>
export const SKUS = ['lamp', 'book'] as const

/** All services, two or more of each, on one broker and a database each, with a gateway beside them. */
export class World {
  readonly sim: Simulation
  readonly settings: Settings
  readonly broker: SimBroker
  readonly gateway: GatewayBooks
  readonly databases: ByDatabase<SimDatabase>
  readonly definitions: Definitions
  /** What a process could not handle: nothing here sends anything that cannot be. */
  readonly troubles: string[] = []
  readonly watch: Watch
  readonly leases: Leases
  readonly trips: TripWatch
  readonly replicas: ByDatabase<readonly Replica[]>

  constructor(sim: Simulation, settings: Settings) {
    this.sim = sim
    this.settings = settings
    this.broker = new SimBroker(sim, topologyOf(settings))
    this.gateway = new GatewayBooks(sim)
    this.definitions = definitionsOf(settings)
    this.databases = {
      order: new SimDatabase(sim, 'order'),
      inventory: new SimDatabase(sim, 'inventory'),
      payment: new SimDatabase(sim, 'payment'),
      saga: new SimDatabase(sim, 'saga'),
      trip: new SimDatabase(sim, 'trip'),
    }
    this.replicas = { order: [], inventory: [], payment: [], saga: [], trip: [] }
    this.trips = new TripWatch(this.databases.trip)
    this.watch = new Watch(this)
    this.leases = new Leases(this.databases)
  }

  /** Puts products on the shelves and starts every process. */
  async start(): Promise<void> {
    await fillDatabases(this)
    const { participants } = this.settings
    Object.assign(this.replicas, {
      order: this.#replicas('order-service', this.databases.order, LISTENING, (ports, life) =>
        orderApp(ports, {
          marks: streamMarksOf(this.databases.order, life, (what) => this.leases.putOff.push(what)),
          hasProducts: hasProductsOf(this.databases.order, life),
        }),
      ),
      inventory: this.#replicas('inventory-service', this.databases.inventory, NOTHING_WATCHED, (ports, life) =>
        inventoryApp(ports, stockReadingOf(this.databases.inventory, life)),
      ),
      payment: this.#replicas('payment-service', this.databases.payment, NOTHING_WATCHED, (ports, life) =>
        paymentApp(ports, {
          gateway: this.gateway.reachedBy(life, this.settings.gatewayLimitMs),
          gatewayRetryMs: this.settings.gatewayRetryMs,
          observer: UNSEEN,
        }),
      ),
      saga: this.#replicas('saga-coordinator', this.databases.saga, watchedWith(participants), (ports, life) =>
        coordinatorApp(ports, this.coordinationBy(ports.clock), this.settings, backgroundOf(this.databases.saga, life)),
      ),
      trip: participants.includes('trip')
        ? this.#replicas('trip-service', this.databases.trip, NOTHING_WATCHED, tripApp)
        : [],
    })
  }

  /** What a process with this clock decides by, that knows of no pause yet. */
  coordinationBy(clock: { readonly nowMs: () => number }): Coordination {
    return { definitions: this.definitions, patience: patienceOf(this.settings), pauses: new Pauses(clock) }
  }

  /** What a request that this process takes is decided by. */
  coordinationOf({ life }: Replica): Coordination {
    return this.coordinationBy(life.clock)
  }

  get everyReplica(): readonly Replica[] {
    return Object.values(this.replicas).flat()
  }

  #replicas(
    service: string,
    database: SimDatabase,
    watches: Watched,
    app: ConstructorParameters<typeof Replica>[2]['app'],
  ): readonly Replica[] {
    const { sim, broker } = this
    const trouble = (what: string): void => {
      if (!isStrange(what)) this.troubles.push(`${service}: ${what}`)
    }
    const options = { service, database, broker, watches, app, trouble }
    return Array.from({ length: this.settings.replicas }, (_, index) => new Replica(sim, index + 1, options))
  }
}

const unseen = (): void => undefined
const UNSEEN = { returned: unseen, inFlight: unseen, leftToLease: unseen }

/** Streams and durables, shared by schedules with the same times. */
const topologies = new Map<string, Topology>()
const topologyOf = ({ ackWaitMs, dedupeWindowMs, participants }: Settings): Topology => {
  const name = [ackWaitMs, dedupeWindowMs, ...participants].join()
  const found = topologies.get(name)
  if (found) return found
  const topology = orderTopology({ ackWaitMs, participants })
  const made = { ...topology, streams: topology.streams.map((stream) => ({ ...stream, dedupeWindowMs })) }
  topologies.set(name, made)
  return made
}

/** Reading a chart costs more than a schedule: schedules with the same times share it. */
const known = new Map<string, Definitions>()
const definitionsOf = (settings: Settings): Definitions => {
  const { stepTimeoutMs, undoAttempts, undoBackoffMs, participants } = settings
  const name = [stepTimeoutMs, undoAttempts, undoBackoffMs, ...participants].join()
  const found = known.get(name) ?? new Definitions(definitionsFor(settings))
  known.set(name, found)
  return found
}

const PRICE = 1_000

/** A lamp there is for most, books for all; what migrations put there. */
const fillDatabases = async ({ sim, databases: { order, inventory, saga } }: World): Promise<void> => {
  const at = Math.floor(sim.time.nowMs)
  const onHand = { lamp: sim.run.whole('lamps', 1, 12), book: 1_000 }
  const price = { amount: PRICE, currency: 'EUR' }
  const copies = SKUS.map((sku) => ({ sku, name: sku, ...price, version: 1 }))
  await saga.write({ table: stepPauses, inserts: [NOTHING_PAUSED] })
  await order.write({ table: productCopies, inserts: copies })
  await inventory.write({ table: products, inserts: copies.map((copy) => ({ ...copy, updated_at: at })) })
  await inventory.write({
    table: stocks,
    inserts: SKUS.map((sku) => ({ sku, on_hand: onHand[sku], reserved: 0 })),
  })
  const first = { reason: 'first stock', body_digest: '', response: null, at }
  await inventory.write({
    table: adjustments,
    inserts: SKUS.map((sku) => ({ id: `first-stock/${sku}`, sku, quantity: onHand[sku], ...first })),
  })
}
