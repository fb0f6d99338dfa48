import { connect, type NatsConnection } from 'nats'
import { Counters } from './counters.ts'
import { checkDurability, type Durability } from './durability.ts'
import { OrderFlow, type PostOrder } from './order-flow.ts'
import { prepareProducts } from './products.ts'
import { pause, say } from './progress.ts'
import type { SystemUnderTest } from './system-under-test.ts'

const QUIET_MS = 1_000
const QUIET_LOOKS = 30

/** A system with everything that is connected to it in order to measure. */
export interface Bench {
  readonly system: SystemUnderTest
  readonly durability: Durability
  readonly nats: NatsConnection
  readonly counters: Counters
  readonly skus: readonly string[]
  /** The caller closes it when it needs it no more; `close` does so, too. */
  readonly openFlow: (post?: PostOrder) => OrderFlow
  /** Something to be ended before the system is, also when the scenario is broken off; more than once must be fine. */
  readonly onClose: (closer: () => Promise<void> | void) => void
  readonly close: () => Promise<void>
}

/** @throws when a server does not keep what it acknowledges. */
export const openBench = async (system: SystemUnderTest): Promise<Bench> => {
  const nats = await connectTo(system.natsUrl)
  try {
    const durability = await checkDurability(system, nats)
    const counters = await Counters.open({
      postgresUrl: system.postgresUrl,
      databaseUrls: databasesOf(system),
      nats,
    })
    const skus = await prepareProducts(system.urls)
    await becomeQuiet(counters)
    const closers: (() => unknown)[] = []
    return {
      system,
      durability,
      nats,
      counters,
      skus,
      openFlow(post) {
        const flow = new OrderFlow({ nats, orderUrl: system.urls.order, skus, ...(post && { post }) })
        closers.push(() => flow.close())
        return flow
      },
      onClose: (closer) => void closers.push(closer),
      async close() {
        for (const closer of closers.toReversed()) await closer()
        await counters.close()
        await nats.close()
      },
    }
  } catch (error) {
    await nats.close()
    throw error
  }
}

/** Of the services that are measured: the example's may be there, or not. */
const databasesOf = ({ databaseUrls: { order, payment, inventory, saga } }: SystemUnderTest): readonly string[] => [
  order,
  payment,
  inventory,
  saga,
]

/** A new product is announced until it is seen to have arrived; the first run must not count that. */
const becomeQuiet = async (counters: Counters): Promise<void> => {
  say('waiting until the system is quiet')
  let before = await counters.messages()
  for (let looks = 0; looks < QUIET_LOOKS; looks += 1) {
    await pause(QUIET_MS)
    const now = await counters.messages()
    if (now === before) return
    before = now
  }
  say('it is not: somebody else sends messages, which will be counted')
}

const connectTo = (url: string): Promise<NatsConnection> => {
  const { hostname, port, username, password } = new URL(url)
  const user = decodeURIComponent(username)
  const pass = decodeURIComponent(password)
  return connect({ servers: `${hostname}:${port || '4222'}`, name: 'bench', ...(user && { user, pass }) })
}
