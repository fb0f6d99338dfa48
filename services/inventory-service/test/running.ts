import {
  createTestDatabase,
  createTestNats,
  type HostedService,
  openWire,
  startHosted,
  type TestDatabase,
  type TestNats,
  type Wire,
} from '@skald/testing'
import { inventoryService } from '../src/index.ts'

export interface Running {
  readonly wire: Wire
  readonly nats: TestNats
  readonly database: TestDatabase
  /** Stops the service and starts it anew. */
  restart(): Promise<void>
  request(
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** inventory-service on a real broker and database, with the ears of those who hear it. */
export const startRunning = async (): Promise<Running> => {
  const [database, nats] = await Promise.all([createTestDatabase('inventory'), createTestNats()])
  const wire = await openWire(nats.url(), ['saga-coordinator-inventory', 'order-service-catalogue'])
  const env = { INVENTORY_DATABASE_URL: database.url, NATS_URL: nats.url(), INVENTORY_PORT: '0' }
  let service: HostedService = await startHosted(inventoryService, env)
  return {
    wire,
    nats,
    database,
    async restart() {
      await service.stop()
      service = await startHosted(inventoryService, env)
    },
    async request(method, url, body, headers = {}) {
      const payload = body === undefined ? {} : { payload: body as object }
      const answer = await service.http.inject({ method, url, headers, ...payload })
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
    },
    async close() {
      await service.stop()
      await wire.close()
      await Promise.all([database.close(), nats.close()])
    },
  }
}
