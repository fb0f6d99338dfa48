import { type ServiceProcess, type System, serviceProcesses } from '@skald/e2e'
import { fixedRate } from '../fixed-rate.ts'
import { rateTable } from '../loop-tables.ts'
import { postPatiently } from '../order-flow.ts'
import { pause, say } from '../progress.ts'
import { type RunFigures, runLoad } from '../run-load.ts'
import { heading } from '../table.ts'
import { brokenIn, verdict } from '../verdict.ts'
import { ownSystem, type Scenario } from './scenario.ts'

const ROUNDS = 3
/** Of the measured time, between two restarts: a deployment leaves time between two machines. */
const BETWEEN_SHARE = 0.1

interface Restart {
  readonly service: ServiceProcess
  /** From SIGTERM until every service was ready again. */
  readonly tookMs: number
}

/** A new release, three times: every service is stopped in order and started again while orders come at a steady rate. */
export const restarts: Scenario = async (bench, options) => {
  const system = ownSystem(bench)
  const { rate, seed } = options
  const done: Restart[] = []
  const measure = (name: string, meanwhile?: () => Promise<void>) => {
    const run = { ...options, post: postPatiently, ...(meanwhile && { meanwhile }) }
    return runLoad(bench, name, (flow) => fixedRate(flow, rate, seed), run)
  }
  const before = await measure('before')
  const during = await measure(
    'during',
    async () => void done.push(...(await rollAll(system, options.measureMs * BETWEEN_SHARE))),
  )
  const after = await measure('after')
  say('checking every invariant')
  const report = await system.verify()
  const runs = [
    ['before', before],
    ['while they restart', during],
    ['after', after],
  ] as const
  const tables = [
    rateTable(runs),
    heading(`${done.length} restarts of ${meanMs(done)} ms each on average; ${verdict(report)}`),
  ].join('\n')
  const broken = [...brokenIn(report), ...runs.flatMap(([name, figures]) => brokenBy(name, figures))]
  return { figures: { rate, restarts: done, before, during, after, verify: report }, tables, broken }
}

const rollAll = async (system: System, betweenMs: number): Promise<readonly Restart[]> => {
  const done: Restart[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const service of serviceProcesses) {
      const beganMs = performance.now()
      const pid = system.pid(service)
      process.kill(pid, 'SIGTERM')
      await system.back(service, pid)
      const tookMs = Math.round(performance.now() - beganMs)
      say(`${service} was restarted in ${tookMs} ms`)
      done.push({ service, tookMs })
      await pause(betweenMs)
    }
  }
  return done
}

const brokenBy = (name: string, { failedPosts, cancelled, unended }: RunFigures): readonly string[] => [
  ...(failedPosts > 0 ? [`${name}: ${failedPosts} orders were not placed, however often they were tried`] : []),
  ...(cancelled > 0 ? [`${name}: ${cancelled} orders were undone, though their payment is approved`] : []),
  ...(unended > 0 ? [`${name}: ${unended} orders did not end in time`] : []),
]

const meanMs = (done: readonly Restart[]): number =>
  Math.round(done.reduce((sum, { tookMs }) => sum + tookMs, 0) / Math.max(1, done.length))
