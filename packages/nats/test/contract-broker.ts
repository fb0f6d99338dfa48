import { jetstreamManager } from '@nats-io/jetstream'
import { type BrokerUnderTest, contractTopology, type Process, WATCHED, type Way } from '@skald/testing'
import { onTestFinished } from 'vitest'
import { type Connection, connect, createBus, ensureTopology } from '../src/index.ts'
import { type Broker, joinBroker, startBroker } from './broker.ts'
import { startProxy } from './proxy.ts'

/** Short, so that the whole suite takes seconds; `slackMs` is for a busy machine. */
const TIMES = { ackWaitMs: 400, dedupeWindowMs: 600, patienceMs: 2_300, slackMs: 1_500 }
const TOPOLOGY = contractTopology(TIMES)
const PUBLISH_TIMEOUT_MS = 500

/** As long as `payment`. */
const NOWHERE = 'nowhere'
/** What leaves a client goes astray, to a place with a name of the same length. */
const ASTRAY: Readonly<Record<Way, (sent: string) => string>> = {
  publication: (sent) => sent.replaceAll('HPUB payment.', `HPUB ${NOWHERE}.`),
  PubAck: (sent) => sent.replaceAll(/(HPUB \S+ )_INBOX_/g, '$1_NOBODY'),
  ack: (sent) => sent.replaceAll('PUB $JS.ACK', 'PUB $JS.OFF'),
}

const step = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await step()
}

/** A nats-server of a test's own, with the topology made. Ends with the test. */
export const openContractBroker = async (): Promise<BrokerUnderTest> => {
  const broker = await startBroker()
  const { connection: admin } = await joinBroker(broker, 'admin')
  await ensureTopology(admin, TOPOLOGY)
  // Somebody listens there and says nothing; without a listener the server itself would answer.
  admin.client.subscribe(`${NOWHERE}.>`, { callback: () => undefined })
  return new NatsUnderTest(broker, admin)
}

class NatsUnderTest implements BrokerUnderTest {
  readonly times = TIMES
  readonly step = step
  readonly #broker: Broker
  readonly #admin: Connection
  readonly #joined: Connection[] = []
  /** Troubles that will be made good, though nobody waits for it. */
  #troubles = 0

  constructor(broker: Broker, admin: Connection) {
    this.#broker = broker
    this.#admin = admin
  }

  nowMs(): number {
    return performance.now()
  }

  async join(): Promise<Process> {
    const proxy = await startProxy(this.#broker.url())
    const name = `process-${this.#joined.length}`
    const connection = await connect({ url: proxy.url, name, report: () => undefined })
    // Before the proxy ends: what is lost would be dialled again.
    onTestFinished(() => connection.close())
    this.#joined.push(connection)
    return {
      bus: createBus(connection, { topology: TOPOLOGY, watched: WATCHED, publishTimeoutMs: PUBLISH_TIMEOUT_MS }),
      lose: (way) => {
        proxy.through(ASTRAY[way])
        return () => proxy.through((sent) => sent)
      },
      disconnect: async (forMs) => {
        proxy.cut()
        await until(() => !connection.isUp())
        this.#after(forMs, () => proxy.open())
      },
      leave: () => connection.client.close(),
    }
  }

  async freeze(forMs: number): Promise<void> {
    await this.#broker.freeze()
    this.#after(forMs, () => this.#broker.thaw())
  }

  async loseStore(forMs: number): Promise<void> {
    await this.#broker.kill()
    await this.#broker.start({ wiped: true })
    await until(() => [this.#admin, ...this.#joined].every((connection) => connection.isUp()))
    this.#after(forMs, () => ensureTopology(this.#admin, TOPOLOGY))
  }

  async loseDurable(name: string, forMs: number): Promise<void> {
    const manager = await jetstreamManager(this.#admin.client, { checkAPI: false })
    const stream = TOPOLOGY.durables.find((plan) => plan.name === name)?.stream ?? ''
    await manager.consumers.delete(stream, name)
    this.#after(forMs, () => ensureTopology(this.#admin, TOPOLOGY))
  }

  async close(): Promise<void> {
    await until(() => this.#troubles === 0)
    // It keeps nothing; ending in good order would take longer than most of the tests.
    await this.#broker.kill()
  }

  #after(delayMs: number, makeGood: () => unknown): void {
    this.#troubles++
    const done = async (): Promise<void> => {
      await makeGood()
      this.#troubles--
    }
    setTimeout(() => void done(), delayMs)
  }
}
