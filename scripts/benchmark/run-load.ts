import type { Bench } from './bench.ts'
import type { Load } from './load.ts'
import type { OrderFlow, PostOrder } from './order-flow.ts'
import { pause, say } from './progress.ts'
import { type Usage, watchUsage } from './usage.ts'
import type { WindowFigures } from './window.ts'

export interface Times {
  readonly warmUpMs: number
  readonly measureMs: number
}

export interface RunFigures extends WindowFigures, Usage {
  /** Orders that had not ended when waiting for them was given up. */
  readonly unended: number
}

export interface RunOptions extends Times {
  readonly post?: PostOrder
  /** What is done while it is measured, instead of nothing for `measureMs`. */
  readonly meanwhile?: () => Promise<void>
}

/** Warms up under the load, measures for some time, and waits until everything that was placed has ended. */
export const runLoad = async (
  bench: Bench,
  name: string,
  makeLoad: (flow: OrderFlow) => Load,
  { warmUpMs, measureMs, post, meanwhile = () => pause(measureMs) }: RunOptions,
): Promise<RunFigures> => {
  say(`${name}: warming up for ${warmUpMs / 1_000} s, then measuring`)
  const flow = bench.openFlow(post)
  try {
    const load = makeLoad(flow)
    load.start()
    await pause(warmUpMs)
    const endWatch = await watchUsage(bench, () => flow.ended)
    load.window.open()
    await meanwhile()
    load.window.close()
    const usage = await endWatch()
    const unended = await load.finish()
    const figures = load.window.figures()
    say(`${name}: ${figures.sagasPerSecond} sagas/s, p50 ${figures.end.p50Ms} ms, p99 ${figures.end.p99Ms} ms`)
    if (unended > 0) say(`${name}: ${unended} orders had not ended in good time`)
    return { ...figures, ...usage, unended }
  } finally {
    flow.close()
  }
}
