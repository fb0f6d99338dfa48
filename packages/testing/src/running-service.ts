import type { Service } from '@skald/host'
import type { AnyConfigPart } from '@skald/service'
import { type HostedService, startHosted } from './hosted-service.ts'
import type { ServiceName } from './services.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'
import { createTestNats, type TestNats } from './test-nats.ts'
import { openWire, type Wire } from './wire.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/** A service on a broker and a database of its own, with the ears and the mouth of those whom it talks to. */
export interface RunningService {
  readonly database: TestDatabase
  readonly nats: TestNats
  readonly wire: Wire
  /** What it was started with, for another one beside it. */
  readonly env: Readonly<Record<string, string>>
  /** The one that runs now, or ran last. */
  readonly service: HostedService
  request(
    method: 'GET' | 'PUT' | 'POST',
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Stops the service and starts it anew. */
  restart(): Promise<void>
  close(): Promise<void>
}

export interface RunningOptions {
  readonly database: ServiceName
  /** The variable of its port. */
  readonly port: string
  /** Those of services that do not run here: the wire listens in their place. */
  readonly durables: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export const startRunning = async <Parts extends readonly AnyConfigPart[]>(
  service: Service<Parts>,
  { database: name, port, durables, env: more = {} }: RunningOptions,
): Promise<RunningService> => {
  const [database, nats] = await Promise.all([createTestDatabase(name), createTestNats()])
  const wire = await openWire(nats.url(), durables, { participants: more['SKALD_PARTICIPANTS']?.split(',') ?? [] })
  const env = { [`${name.toUpperCase()}_DATABASE_URL`]: database.url, NATS_URL: nats.url(), [port]: '0', ...more }
  let hosted = await startHosted(service, env)
  return {
    database,
    nats,
    wire,
    env,
    get service() {
      return hosted
    },
    async request(method, url, body, headers = {}) {
      const payload = body === undefined ? {} : { payload: body as object }
      const answer = await hosted.http.inject({ method, url, headers, ...payload })
      return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
    },
    async restart() {
      await hosted.stop()
      hosted = await startHosted(service, env)
    },
    async close() {
      await hosted.stop()
      await wire.close()
      await Promise.all([database.close(), nats.close()])
    },
  }
}
