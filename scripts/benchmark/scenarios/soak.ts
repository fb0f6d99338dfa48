import type { Bench } from '../bench.ts'
import { closedLoop } from '../closed-loop.ts'
import type { OrderFlow } from '../order-flow.ts'
import { pause, say, sayEvery } from '../progress.ts'
import { heading, table } from '../table.ts'
import { type Usage, watchUsage } from '../usage.ts'
import { usageTables } from '../usage-tables.ts'
import type { Scenario } from './scenario.ts'

/** A saga may cost this much more when so many have ended than in the beginning. */
const MAX_GROWTH = 0.15
const STRETCHES = 10
const SAY_EVERY_MS = 10_000
const LOOK_EVERY_MS = 5
/** Longer than any deadline of a saga. */
const STALLED_MS = 120_000

/** A tenth of the sagas, and what each of them cost. */
interface Stretch extends Usage {
  readonly endedBefore: number
  readonly sagas: number
  readonly sagasPerSecond: number
}

/**
 * Does a saga cost the same when hundreds of thousands have ended before it? At saturation, without a pause, so many
 * sagas in ten stretches and one more; the last is held against the first.
 */
export const soak: Scenario = async (bench, options) => {
  const inFlight = Math.max(...options.inFlight)
  const length = Math.ceil(options.orders / STRETCHES)
  const flow = bench.openFlow()
  const load = closedLoop(flow, inFlight)
  const endSaying = sayEvery(SAY_EVERY_MS, () => `${flow.ended.toLocaleString('en')} sagas have ended`)
  const stretches: Stretch[] = []
  try {
    say(
      `${inFlight} in flight: warming up for ${options.warmUpMs / 1_000} s, then ${STRETCHES + 1} times ${length} sagas`,
    )
    load.start()
    await pause(options.warmUpMs)
    while (stretches.length <= STRETCHES) stretches.push(await oneStretch(bench, flow, length))
    await load.finish()
  } finally {
    endSaying()
    flow.close()
  }
  const growth = growthOf(stretches)
  const says = `a saga costs ${percent(growth)} processor time after ${options.orders.toLocaleString('en')} sagas, against the first ${length.toLocaleString('en')}`
  const named = stretches.map((stretch) => [`from ${stretch.endedBefore.toLocaleString('en')}`, stretch] as const)
  const rates = table([['ended', 'sagas/s'], ...named.map(([name, { sagasPerSecond }]) => [name, sagasPerSecond])])
  return {
    figures: { inFlight, stretches, cpuGrowth: growth, allowedGrowth: MAX_GROWTH },
    tables: [rates, '', usageTables(named, 'saga'), heading(says)].join('\n'),
    broken: growth > MAX_GROWTH ? [`${says}; at most +15 % is promised`] : [],
  }
}

const oneStretch = async (bench: Bench, flow: OrderFlow, length: number): Promise<Stretch> => {
  const endWatch = await watchUsage(bench, () => flow.ended)
  const [endedBefore, beganMs] = [flow.ended, performance.now()]
  await passed(flow, endedBefore + length)
  const sagas = flow.ended - endedBefore
  const sagasPerSecond = Math.round((sagas / (performance.now() - beganMs)) * 1_000)
  return { endedBefore, sagas, sagasPerSecond, ...(await endWatch()) }
}

/** Waits until so many have ended. @throws when none ends any more. */
const passed = async (flow: OrderFlow, ended: number): Promise<void> => {
  for (let [last, sinceMs] = [flow.ended, performance.now()]; flow.ended < ended; ) {
    await pause(LOOK_EVERY_MS)
    if (flow.ended > last) [last, sinceMs] = [flow.ended, performance.now()]
    if (performance.now() - sinceMs > STALLED_MS) throw new Error(`no saga has ended for ${STALLED_MS / 1_000} s`)
  }
}

const growthOf = (stretches: readonly Stretch[]): number => {
  const [first = 0, last = 0] = [stretches[0], stretches.at(-1)].map((stretch) => stretch?.perSaga.cpuMicros['total'])
  return first > 0 ? Number((last / first - 1).toFixed(3)) : 0
}

const percent = (growth: number): string => `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`
