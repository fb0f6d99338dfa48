import { randomUUID } from 'node:crypto'
import { type DataOf, productAnnounce, productUpdated } from '@skald/contracts'
import {
  createTestDatabase,
  createTestNats,
  eventually,
  type HostedService,
  openWire,
  startHosted,
  type TestDatabase,
  type TestNats,
  type Wire,
} from '@skald/testing'
import { orderService } from '../src/index.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

export interface Running {
  readonly wire: Wire
  readonly nats: TestNats
  readonly database: TestDatabase
  /** Stops the service and starts it anew. */
  restart(): Promise<void>
  request(method: 'GET' | 'POST', url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Announces a product and waits until its copy is there; gives its sku. */
  product(amount: number, more?: Partial<DataOf<typeof productUpdated>>): Promise<string>
  close(): Promise<void>
}

/** Durables whose services do not run here: the wire listens in their place. */
const DURABLES = ['saga-coordinator-starts', 'saga-coordinator-order', 'inventory-service-catalogue']

/** order-service on a real broker and database, with the ears of those who hear it. */
export const startRunning = async (more: Readonly<Record<string, string>> = {}): Promise<Running> => {
  const [database, nats] = await Promise.all([createTestDatabase('order'), createTestNats()])
  const wire = await openWire(nats.url(), DURABLES)
  const env = { ORDER_DATABASE_URL: database.url, NATS_URL: nats.url(), ORDER_PORT: '0', ...more }
  let service: HostedService = await startHosted(orderService, env)
  const request: Running['request'] = async (method, url, body, headers = {}) => {
    const payload = body === undefined ? {} : { payload: body as object }
    const answer = await service.http.inject({ method, url, headers, ...payload })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
  }
  return {
    wire,
    nats,
    database,
    async restart() {
      await service.stop()
      service = await startHosted(orderService, env)
    },
    request,
    async product(amount, given = {}) {
      const sku = `sku-${randomUUID()}`
      const product = { sku, name: 'Lamp', price: { amount, currency: 'EUR' }, version: 1, ...given }
      await wire.send(productUpdated(product))
      await eventually(async () => {
        const { body } = await request('GET', `/catalogue/${product.sku}`)
        if (body['version'] !== product.version) throw new Error(`${product.sku} has not arrived`)
      })
      return product.sku
    },
    async close() {
      await service.stop()
      await wire.close()
      await Promise.all([database.close(), nats.close()])
    },
  }
}

/** Commands that asked for the catalogue, oldest first. */
export const asksOf = ({ wire }: Running) =>
  wire.heard.flatMap(({ message }) =>
    message.type === productAnnounce.type
      ? [{ id: message.id, after: (message.data as DataOf<typeof productAnnounce>).after }]
      : [],
  )
