import { inventoryService } from '@skald/inventory-service'
import { orderService } from '@skald/order-service'
import { paymentService } from '@skald/payment-service'
import { sagaCoordinator } from '@skald/saga-coordinator'
import { createTestNats, eventually, type HostedService, startHosted, type TestNats } from '@skald/testing'
import {
  createFourDatabases,
  type DatabaseName,
  type FourDatabases,
} from '../../verification/testing/four-databases.ts'
import { type RepairReport, repair } from '../repair.ts'
import { keepBooks, type Snapshot, takeSnapshot } from './snapshots.ts'

export interface Accepted {
  readonly orderId: string
  readonly sagaId: string
  readonly token: string
}

type Answer = { readonly statusCode: number; json(): Record<string, unknown> }

const PRICE = { amount: 1_000, currency: 'EUR' }
export const SKU = 'tea'
/** Short, since some ways lead through silence; long beside the moment in which a database is copied. */
const PATIENCE = {
  SAGA_STEP_TIMEOUT_MS: '1500',
  SAGA_NUDGE_AFTER_MS: '300',
  SAGA_UNDO_BACKOFF_MS: '20',
  GATEWAY_RETRY_MS: '50',
}

/** The four services in this process, on databases that are restored to other times while they are stopped. */
export class Restorable {
  readonly databases: FourDatabases['databases']
  /** What repair and verify are told. */
  readonly env: FourDatabases['env']
  readonly #ports: FourDatabases['ports']
  readonly accepted: Accepted[] = []
  #nats: TestNats
  #running: Partial<Record<DatabaseName, HostedService>> = {}
  readonly #brokers: TestNats[]
  readonly #snapshots = new Map<DatabaseName, Snapshot>()
  readonly #unused: Snapshot[] = []

  private constructor({ databases, env, ports }: FourDatabases, nats: TestNats) {
    this.databases = databases
    this.env = env
    this.#ports = ports
    this.#nats = nats
    this.#brokers = [nats]
  }

  static async start(onHand = 10_000): Promise<Restorable> {
    const [four, nats] = await Promise.all([createFourDatabases(), createTestNats()])
    const system = new Restorable(four, nats)
    await system.startServices()
    await system.ask('inventory', 'PUT', `/products/${SKU}`, { name: SKU, price: PRICE, onHand })
    await eventually(async () => {
      if ((await system.ask('order', 'GET', `/catalogue/${SKU}`)).statusCode !== 200) throw new Error('not yet')
    })
    return system
  }

  async startServices(): Promise<void> {
    const env = { ...this.env, NATS_URL: this.#nats.url(), ...this.#ports, ...PATIENCE }
    this.#running = {
      saga: await startHosted(sagaCoordinator, env),
      inventory: await startHosted(inventoryService, env),
      order: await startHosted(orderService, env),
      payment: await startHosted(paymentService, env),
    }
  }

  async stopServices(): Promise<void> {
    await Promise.all(Object.values(this.#running).map((service) => service.stop()))
    this.#running = {}
  }

  async ask(service: DatabaseName, method: 'GET' | 'PUT' | 'POST', url: string, payload?: object): Promise<Answer> {
    const http = this.#running[service]?.http
    if (!http) throw new Error(`${service} does not run`)
    return http.inject({ method, url, ...(payload && { payload }) })
  }

  /** Places an order, if order-service takes it now. */
  async place(token: string, quantity = 1): Promise<Accepted | undefined> {
    const payload = { customerId: 'ada', items: [{ sku: SKU, quantity }], paymentMethod: token }
    const answer = await this.ask('order', 'POST', '/orders', payload)
    if (answer.statusCode !== 201) return undefined
    const { orderId, sagaId } = answer.json() as { orderId: string; sagaId: string }
    const accepted = { orderId, sagaId, token }
    this.accepted.push(accepted)
    return accepted
  }

  async statusOf(orderId: string): Promise<string> {
    const answer = await this.ask('order', 'GET', `/orders/${orderId}`)
    return answer.statusCode === 200 ? String(answer.json()['status']) : 'unknown'
  }

  async sagasUnderWay(): Promise<unknown> {
    const [row] = await this.databases.saga.query(`SELECT count(*)::int AS count FROM task WHERE kind = 'wake'`)
    return row?.['count']
  }

  /** From this moment the database is restored. */
  async backUp(name: DatabaseName): Promise<void> {
    const before = this.#snapshots.get(name)
    if (before) this.#unused.push(before)
    this.#snapshots.set(name, await takeSnapshot(this.databases[name].url))
  }

  /** Stops the services and puts back every database that was backed up; the streams as well are lost, if wanted. */
  async loseAll({ streams }: { readonly streams: 'kept' | 'lost' }): Promise<void> {
    await this.stopServices()
    const putBooksBack = await keepBooks(this.databases.payment.url)
    for (const snapshot of this.#snapshots.values()) await snapshot.restore()
    this.#snapshots.clear()
    await putBooksBack()
    if (streams === 'lost') {
      this.#nats = await createTestNats()
      this.#brokers.push(this.#nats)
    }
  }

  repair(dryRun = false): Promise<RepairReport> {
    return repair({ env: { ...this.env, ...PATIENCE }, natsUrl: this.#nats.url(), dryRun })
  }

  async close(): Promise<void> {
    await this.stopServices()
    for (const snapshot of [...this.#unused, ...this.#snapshots.values()]) await snapshot.drop()
    await Promise.all([...Object.values(this.databases), ...this.#brokers].map((each) => each.close()))
  }
}
