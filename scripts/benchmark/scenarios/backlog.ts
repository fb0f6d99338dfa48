import { Counters, type Report, type System } from '@skald/e2e'
import { withClient } from '@skald/servers'
import { type Drain, drainBacklog } from '../backlog-drain.ts'
import type { Bench } from '../bench.ts'
import { MemoryWatch } from '../memory.ts'
import { say } from '../progress.ts'
import { heading, table } from '../table.ts'
import { brokenIn, verdict } from '../verdict.ts'
import { ownSystem, type Scenario } from './scenario.ts'

const MIB = 1_048_576

/** What the system did because so much waited: work that an order without a backlog does not make. */
interface Repeats {
  /** Deadlines that fired: a saga that only waited its turn must not be undone. */
  readonly timeouts: number
  readonly nudges: number
  readonly duplicates: number
  readonly redeliveries: number
  readonly outputsResent: number
}

/** The coordinator is away while orders pile up; then it comes back, and orders go on coming. */
export const backlog: Scenario = async (bench, options) => {
  const system = ownSystem(bench)
  const memory = new MemoryWatch(system.home)
  const flow = bench.openFlow()
  try {
    const endRepeats = await watchRepeats(system, bench)
    const drain = await drainBacklog(system, flow, options)
    const peakMemoryBytes = Object.fromEntries(memory.peaks())
    const repeats = await endRepeats()
    say('checking every invariant')
    const report = await system.verify()
    return {
      figures: { ...drain, ...repeats, peakMemoryBytes, verify: report },
      tables: tablesOf(drain, repeats, peakMemoryBytes, report),
      broken: [...brokenBy(drain, repeats), ...brokenIn(report)],
    }
  } finally {
    memory.stop()
    flow.close()
  }
}

const COUNTED = [
  'skald_nudges_total',
  'skald_duplicates_total',
  'skald_redeliveries_total',
  'skald_outputs_resent_total',
] as const

const FIRED = `SELECT count(*) AS count FROM history WHERE type LIKE 'timer.%'`

/** Begins to count, over all lives of the processes; the returned function gives what came since. */
const watchRepeats = async (system: System, { system: { databaseUrls } }: Bench): Promise<() => Promise<Repeats>> => {
  const counters = new Counters(COUNTED, (service) => system.metrics(service))
  await counters.sample()
  const before = counters.totals()
  return async () => {
    await counters.sample()
    const after = counters.totals()
    const since = (name: (typeof COUNTED)[number]): number => after[name] - before[name]
    const timeouts = await withClient(databaseUrls.saga, async (client) => {
      const { rows } = await client.query<{ count: string }>(FIRED)
      return Number(rows[0]?.count)
    })
    return {
      timeouts,
      nudges: since('skald_nudges_total'),
      duplicates: since('skald_duplicates_total'),
      redeliveries: since('skald_redeliveries_total'),
      outputsResent: since('skald_outputs_resent_total'),
    }
  }
}

const brokenBy = ({ drainPerSecond, arrivalsPerSecond, unended }: Drain, { timeouts }: Repeats): readonly string[] => [
  ...(timeouts > 0 ? [`${timeouts} deadlines fired; who only waits its turn must not time out`] : []),
  ...(unended > 0 ? [`${unended} orders did not end`] : []),
  ...(drainPerSecond <= arrivalsPerSecond ? [`it drained ${drainPerSecond}/s at ${arrivalsPerSecond}/s arrivals`] : []),
]

const tablesOf = (
  drain: Drain,
  repeats: Repeats,
  peakMemoryBytes: Readonly<Record<string, number>>,
  report: Report,
): string => {
  const times = drain.drainPerSecond / drain.arrivalsPerSecond
  return [
    table([
      ['backlog', ''],
      ['orders that waited', drain.waiting],
      ['seconds to pile up', drain.loadSeconds],
      ['seconds until they had ended', drain.drainSeconds],
      ['seconds until all had', drain.caughtUpSeconds],
      ['sagas/s until then', drain.drainPerSecond],
      ['arrivals/s meanwhile', drain.arrivalsPerSecond],
      ['POST p50 ms, draining', drain.postWhileDraining.p50Ms],
      ['POST p99 ms, draining', drain.postWhileDraining.p99Ms],
      ['saga p50 ms, afterwards', drain.endAfterwards.p50Ms],
      ['saga p99 ms, afterwards', drain.endAfterwards.p99Ms],
      ['failed POSTs', drain.failedPosts],
      ['unended', drain.unended],
      ...Object.entries(repeats),
    ]),
    '',
    table([
      ['peak memory MiB', ''],
      ...Object.entries(peakMemoryBytes).map(([name, bytes]) => [name, Math.round(bytes / MIB)]),
    ]),
    heading(`it drained ${times.toFixed(1)} times as fast as orders came; ${verdict(report)}`),
  ].join('\n')
}
