import type { Bench } from '../bench.ts'
import { closedLoop } from '../closed-loop.ts'
import { fixedRate } from '../fixed-rate.ts'
import type { Options } from '../options.ts'
import { type RunFigures, runLoad } from '../run-load.ts'

export interface LoopRun extends RunFigures {
  readonly kind: 'closed loop' | 'fixed rate'
  /** Orders in flight, or orders a second. */
  readonly load: number
}

/** Every fixed rate, then every closed loop, each with its own warm-up. */
export const runLoops = async (bench: Bench, options: Options): Promise<readonly LoopRun[]> => {
  const runs: LoopRun[] = []
  for (const load of options.rates) {
    const figures = await runLoad(bench, `${load} orders/s`, (flow) => fixedRate(flow, load, options.seed), options)
    runs.push({ kind: 'fixed rate', load, ...figures })
  }
  for (const load of options.inFlight) {
    const figures = await runLoad(bench, `${load} in flight`, (flow) => closedLoop(flow, load), options)
    runs.push({ kind: 'closed loop', load, ...figures })
  }
  return runs
}

export const nameOf = ({ kind, load }: LoopRun): string =>
  kind === 'closed loop' ? `${load.toLocaleString('en')} in flight` : `${load.toLocaleString('en')} orders/s`
