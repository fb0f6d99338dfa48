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

/** How long what is said in the quiet may be under way before it counts as lost. */
const PATIENCE_MS = 60_000
const MOST_CHARS = 2_000

/** Looks at everything when all is quiet: the customers' list, the invariants, the dead letters, the processes. */
export const judge = async (stage: Stage, patienceMs = PATIENCE_MS): Promise<Verdict> => {
  const { victim, customers, oracle, processes } = stage
  const { system, manifest, deaths } = victim
  const notReady = await system.ready().then(
    () => [],
    (error: unknown) => [String(error).slice(0, MOST_CHARS)],
  )
  const hostileSaidAgain = await manifest.sayLostAgain()
  const differences = await whatStays(() => manifest.differences(), patienceMs)
  const stale = await whatStays(() => oracle.staleProducts(), patienceMs)
  const report = await system.verify(patienceMs / 1_000)
  const orders = await oracle.orders()
  const counts = deaths.counts(processes, system.logFile)
  return {
    orders,
    sagas: report.sagas,
    deaths: counts,
    hostileSaidAgain,
    violations: [
      ...notReady,
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

/** Asks until there is nothing, or for so long; gives what there was at last. */
const whatStays = async (ask: () => Promise<readonly string[]>, patienceMs: number): Promise<readonly string[]> => {
  let found: readonly string[] = []
  await until(async () => {
    found = await ask()
    return found.length === 0
  }, patienceMs)
  return found
}

const unexplained = ({ name, died, ours }: DeathCount): string =>
  `${name} died ${died} times, ${ours} of them by our hand`
