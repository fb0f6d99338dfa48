import { withClient } from '@skald/servers'
import { thisMachine } from '../benchmark/machine.ts'
import { MemoryWatch } from '../benchmark/memory.ts'
import { Customers } from './customers.ts'
import type { KindName } from './faults/kind-names.ts'
import { Injector } from './injector.ts'
import type { Options } from './options.ts'
import { Oracle } from './oracle.ts'
import { type Moment, planOf } from './plan.ts'
import type { Versions } from './report.ts'
import { Shopkeeper } from './shopkeeper.ts'
import { serviceNamesOf, type Victim } from './victim.ts'

const SKUS = Array.from({ length: 8 }, (_, index) => `chaos-${index}`)
/** More than any run sells. */
const STOCK = 900_000
const LONGEST_FAULT_MS = 30_000
/** Of the run: a short one is not one pause. */
const LONGEST_FAULT_SHARE = 0.2

/** The system, and everybody who has to do with it. */
export interface Stage {
  readonly victim: Victim
  readonly customers: Customers
  readonly shopkeeper: Shopkeeper
  readonly injector: Injector
  readonly oracle: Oracle
  readonly memory: MemoryWatch
  readonly versions: Versions
  readonly plan: readonly Moment[]
  /** Every process, by name. */
  readonly processes: readonly string[]
}

/** Puts the products on sale and everybody in their places; nobody has begun. */
export const setStage = async (victim: Victim, options: Options, kinds: readonly KindName[]): Promise<Stage> => {
  const { system } = victim
  const { seed, rate, everyMs } = options
  await Promise.all(SKUS.map((sku) => system.offer(sku, STOCK)))
  const services = serviceNamesOf(options)
  const lastsMs = options.minutes * 60_000
  const longestMs = Math.min(LONGEST_FAULT_MS, lastsMs * LONGEST_FAULT_SHARE)
  return {
    victim,
    customers: new Customers({ seed, rate, skus: SKUS, orderUrls: () => victim.urlsOf('order-service') }),
    shopkeeper: new Shopkeeper(seed, SKUS, () => victim.urlsOf('inventory-service')),
    injector: new Injector(victim),
    oracle: new Oracle(system.home),
    versions: await versionsOf(victim),
    plan: planOf({ seed, kinds, everyMs, lastsMs, services, longestMs }),
    processes: [...services, 'nats', 'postgres'],
    memory: new MemoryWatch(system.home),
  }
}

const versionsOf = async ({ system }: Victim): Promise<Versions> => {
  const { node, revision } = thisMachine()
  const broker = await system.broker()
  const natsServer = broker.info?.version ?? 'unknown'
  await broker.close()
  const postgres = await withClient(
    system.access().postgresUrl,
    async (client) =>
      (await client.query<{ server_version: string }>('SHOW server_version')).rows[0]?.server_version ?? 'unknown',
  )
  return { node, natsServer, postgres, revision }
}
