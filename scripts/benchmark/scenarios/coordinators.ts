import { startSecond } from '@skald/e2e'
import { ratioTo } from '../beside-floors.ts'
import { closedLoop } from '../closed-loop.ts'
import { rateTable } from '../loop-tables.ts'
import { say } from '../progress.ts'
import { runLoad } from '../run-load.ts'
import { heading } from '../table.ts'
import { usageTables } from '../usage-tables.ts'
import { brokenIn, verdict } from '../verdict.ts'
import { ownSystem, type Scenario } from './scenario.ts'

/** Two coordinators on the same streams and the same database, beside one before and one after. Nothing may go wrong. */
export const coordinators: Scenario = async (bench, options) => {
  const system = ownSystem(bench)
  const inFlight = Math.max(...options.inFlight)
  const measure = (name: string) => runLoad(bench, name, (flow) => closedLoop(flow, inFlight), options)
  const before = await measure('one coordinator, before')
  say('starting a second coordinator')
  const second = await startSecond(system.home, 'saga-coordinator')
  bench.onClose(second.stop)
  const two = await measure('two coordinators')
  await second.stop()
  const after = await measure('one coordinator, after')
  say('checking every invariant')
  const report = await system.verify()
  const ratio = ratioTo(two.sagasPerSecond, before.sagasPerSecond, after.sagasPerSecond)
  const runs = [
    ['one, before', before],
    ['two', two],
    ['one, after', after],
  ] as const
  const tables = [
    rateTable(runs),
    '',
    usageTables(runs, 'saga'),
    heading(`two coordinators do ${ratio.toFixed(2)} of what one does; ${verdict(report)}`),
  ].join('\n')
  const unended = before.unended + two.unended + after.unended
  return {
    figures: { inFlight, one: { before, after }, two, ratio, verify: report },
    tables,
    broken: [...brokenIn(report), ...(unended > 0 ? [`${unended} orders did not end`] : [])],
  }
}
