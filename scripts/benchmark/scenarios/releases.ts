import { call, type ServiceProcess, serviceProcesses, startSecond, sumOf } from '@skald/e2e'
import { fixedRate } from '../fixed-rate.ts'
import { rateTable } from '../loop-tables.ts'
import { postPatiently } from '../order-flow.ts'
import { say } from '../progress.ts'
import { runLoad } from '../run-load.ts'
import { heading } from '../table.ts'
import { brokenIn, verdict } from '../verdict.ts'
import { ownSystem, type Scenario } from './scenario.ts'

/** Messages of all batches. */
const HANDLED = 'skald_batch_messages_sum'

interface Shared {
  readonly service: ServiceProcess
  /** Messages that the processes of each release handled. */
  readonly ours: number
  readonly theirs: number
}

/** Two releases side by side, as in the time in which one replaces the other. */
export const releases: Scenario = async (bench, options) => {
  const system = ownSystem(bench)
  const { rate, seed, other } = options
  const urls = new Map<ServiceProcess, string>()
  for (const service of serviceProcesses) {
    say(`starting ${service} from ${other}`)
    const second = await startSecond(system.home, service, other)
    bench.onClose(second.stop)
    urls.set(service, second.url)
  }
  const run = { ...options, post: postPatiently }
  const load = await runLoad(bench, 'both releases', (flow) => fixedRate(flow, rate, seed), run)
  const shared: Shared[] = []
  for (const [service, url] of urls) {
    const { body } = await call(`${url}/metrics`)
    shared.push({ service, ours: await system.metric(service, HANDLED), theirs: sumOf(String(body), HANDLED) })
  }
  say('checking every invariant')
  const report = await system.verify()
  const { failedPosts, cancelled, unended } = load
  const tables = [
    rateTable([['both releases', load]]),
    ...shared.map(
      ({ service, ours, theirs }) => `${service}: ${ours} messages by this release, ${theirs} by the other`,
    ),
    heading(verdict(report)),
  ].join('\n')
  const broken = [
    ...brokenIn(report),
    ...(failedPosts > 0 ? [`${failedPosts} orders were not placed`] : []),
    ...(cancelled > 0 ? [`${cancelled} orders were undone, though their payment is approved`] : []),
    ...(unended > 0 ? [`${unended} orders did not end in time`] : []),
    ...shared
      .filter(({ ours, theirs }) => ours === 0 || theirs === 0)
      .map(({ service }) => `${service}: one of the releases handled nothing`),
  ]
  return { figures: { rate, other, load, shared, verify: report }, tables, broken }
}
