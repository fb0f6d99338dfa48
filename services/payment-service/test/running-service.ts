import { codec, paymentCharge, paymentRefund } from '@skald/contracts'
import { host, type Platform, type Service } from '@skald/host'
import { type Bus, type Message, newId, type Said } from '@skald/messaging'
import { type Connection, connect, createBus, ensureTopology, orderTopology } from '@skald/nats'
import { createHealth, createStopSequence, loadConfig, silentLogger } from '@skald/service'
import { createTestDatabase, createTestNats, type TestDatabase, type TestNats } from '@skald/testing'
import { paymentService } from '../src/service.ts'

export const AMOUNT = { amount: 3_300, currency: 'EUR' }

export interface Told {
  readonly message: Message
  /** Its Nats-Msg-Id. */
  readonly msgId: string
}

/** payment-service on a real broker and database, with a coordinator's ears and mouth. */
export class RunningService {
  readonly told: Told[] = []
  readonly database: TestDatabase
  readonly #nats: TestNats
  readonly #connection: Connection
  readonly #bus: Bus
  readonly #env: Readonly<Record<string, string>>
  #stop: (() => Promise<unknown>) | undefined
  #http: Platform['http'] | undefined

  private constructor(database: TestDatabase, nats: TestNats, connection: Connection, env: Record<string, string>) {
    this.database = database
    this.#nats = nats
    this.#connection = connection
    this.#bus = createBus(connection, { topology: orderTopology(), watched: { streams: [], durables: [] } })
    this.#env = { PAYMENT_DATABASE_URL: database.url, NATS_URL: nats.url(), PAYMENT_PORT: '0', ...env }
    this.#bus.consume({
      durable: 'saga-coordinator-payment',
      maxInHand: 1_000,
      onDelivery: (delivery) => {
        const decoded = codec.decode(delivery.payload)
        if (decoded.ok) this.told.push({ message: decoded.message, msgId: delivery.msgId ?? '' })
        delivery.ack()
      },
    })
  }

  static async start(env: Record<string, string> = {}): Promise<RunningService> {
    const [database, nats] = await Promise.all([createTestDatabase('payment'), createTestNats()])
    const connection = await connect({ url: nats.url(), name: 'test-coordinator', report: () => undefined })
    await ensureTopology(connection, orderTopology())
    const running = new RunningService(database, nats, connection, env)
    await running.startService()
    return running
  }

  async startService(): Promise<void> {
    const service: Service<typeof paymentService.config> = {
      ...paymentService,
      build: (platform, config) => {
        this.#http = platform.http
        return paymentService.build(platform, config)
      },
    }
    const health = createHealth()
    const stops = createStopSequence({ logger: silentLogger })
    this.#stop = async () => {
      health.stopping()
      await stops.run()
    }
    const config = loadConfig(service.config, this.#env)
    const context = { config, logger: silentLogger, health, onStop: stops.add, env: this.#env }
    await host(service, context, { processMetrics: false })
  }

  /** As SIGTERM does it. */
  async stopService(): Promise<void> {
    await this.#stop?.()
    this.#stop = undefined
  }

  async close(): Promise<void> {
    await this.stopService()
    await this.#connection.close()
    await Promise.all([this.database.close(), this.#nats.close()])
  }

  /** Sends a command; under the id of one that was sent before it is that one's n-th repeat. */
  async send(said: Said, { id = newCommandId(), repeat = 0 }: { id?: string; repeat?: number } = {}): Promise<string> {
    const message: Message = {
      ...said,
      id,
      source: '/saga-coordinator',
      time: new Date(0).toISOString(),
      correlationId: `saga-of-${said.subject}`,
    }
    const msgId = repeat === 0 ? id : `${id}:${repeat}`
    await this.#bus.publish({ subject: codec.wireOf(said.type), msgId, payload: codec.encode(message) })
    return id
  }

  charge(orderId: string, paymentMethod?: string): Promise<string> {
    const about = { orderId, amount: AMOUNT }
    return this.send(paymentCharge(paymentMethod === undefined ? about : { ...about, paymentMethod }))
  }

  refund(orderId: string): Promise<string> {
    return this.send(paymentRefund({ orderId, amount: AMOUNT }))
  }

  /** What was answered to a command so far. */
  answersTo(commandId: string): readonly Told[] {
    return this.told.filter(({ message }) => message.causationId === commandId)
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    if (!this.#http) throw new Error('the service does not run')
    const answer = await this.#http.inject({ method: 'GET', url: path })
    return { status: answer.statusCode, body: answer.json() }
  }
}

let commands = 0
const newCommandId = (): string => {
  commands += 1
  return newId(Date.now(), `${process.pid}-${commands}`)
}
