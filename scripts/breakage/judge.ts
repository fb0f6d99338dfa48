import { until } from '@skald/servers'
import type { DeathCount } from './deaths.ts'
import { fatalLines } from './logs.ts'
import { type OrderEnd, wrongOrders } from './oracle.ts'
import type { Stage } from './stage.ts'

export interface Verdict {
  readonly orders: ReadonlyMap<string, OrderEnd>
  readonly sagas: Readonly<Record<string, number>>
  readonly deaths: readonly DeathCount[]
  readonly hostileSaidAgain: number
  readonly violations: readonly string[]
}

const LETTERS_WITHIN_MS = 60_000
const COPIES_WITHIN_MS = 30_000
const SETTLE_SECONDS = 60

/** Looks at everything when all is quiet: the customers' list, the invariants, the dead letters, the processes. */
export const judge = async ({ victim, customers, oracle, processes }: Stage): Promise<Verdict> => {
  const { system, manifest, deaths } = victim
  await system.ready()
  const hostileSaidAgain = await manifest.sayLostAgain()
  let differences: readonly string[] = []
  await until(async () => {
    differences = await manifest.differences()
    return differences.length === 0
  }, LETTERS_WITHIN_MS)
  let stale: readonly string[] = []
  await until(async () => {
    stale = await oracle.staleProducts()
    return stale.length === 0
  }, COPIES_WITHIN_MS)
  const report = await system.verify(SETTLE_SECONDS)
  const orders = await oracle.orders()
  const counts = deaths.counts(processes, system.logFile)
  return {
    orders,
    sagas: report.sagas,
    deaths: counts,
    hostileSaidAgain,
    violations: [
      ...customers.complaints,
      ...wrongOrders(customers.purchases, orders),
      ...report.violations.map(({ invariant, detail }) => `${invariant}: ${detail}`),
      ...report.waitingForPerson.map((who) => `waits for a person: ${who}`),
      ...differences,
      ...stale,
      ...counts.filter(({ died, ours }) => died !== ours).map(unexplained),
      ...fatalLines(system.home),
    ],
  }
}

const unexplained = ({ name, died, ours }: DeathCount): string =>
  `${name} died ${died} times, ${ours} of them by our hand`
