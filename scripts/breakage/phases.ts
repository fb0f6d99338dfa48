import { setTimeout as wait } from 'node:timers/promises'
import { until } from '@skald/servers'
import type { Span } from './figures.ts'
import type { RunOptions } from './run.ts'
import type { Stage } from './stage.ts'
import { type Stretch, Stretches } from './stretches.ts'

/** The measured time before and after the faults, in a run that is long enough. */
const QUIET_MS = 15_000
const SHORTEST_QUIET_MS = 3_000
const QUIET_SHARE = 0.125
export const SETTLED_WITHIN_MS = 60_000
const TELL_EVERY_MS = 1_000
/** The time of the faults is looked at in so many parts, each long enough for a look of a second or two. */
const PARTS = 15
const SHORTEST_PART_MS = 10_000

export interface Spans {
  readonly before: Span
  readonly during: Span
  readonly after: Span
}

export interface Course {
  readonly spans: Spans
  readonly stretches: readonly Stretch[]
  /** From the end of the last fault until everything that had begun by then had ended. */
  readonly settleMs: number
  /** What had not ended in time, as sentences. */
  readonly late: readonly string[]
}

/** Orders come all the time: some time of quiet, the faults, until it has settled, and some time of quiet. */
export const goThrough = async (stage: Stage, lastsMs: number, options: RunOptions): Promise<Course> => {
  const { victim, customers, shopkeeper, injector, plan, oracle } = stage
  const { signal, progress } = options
  const quietMs = Math.min(QUIET_MS, Math.max(SHORTEST_QUIET_MS, lastsMs * QUIET_SHARE))
  const faults = plan.reduce((sum, moment) => sum + moment.faults.length, 0)
  let phase = 'before'
  const tell = (): void =>
    progress(
      `${phase}: ${customers.purchases.length} orders; faults: ${injector.struck.length} of ${faults}, ${injector.underWay} under way`,
    )
  const telling = setInterval(tell, TELL_EVERY_MS)
  try {
    const startMs = Date.now()
    customers.start()
    shopkeeper.start()
    await wait(quietMs, undefined, { signal })
    phase = 'during'
    const firstMs = Date.now()
    const stretches = new Stretches(victim.system, Math.max(SHORTEST_PART_MS, lastsMs / PARTS))
    try {
      await injector.run(plan, signal)
    } finally {
      await stretches.stop()
    }
    phase = 'settling'
    const lastMs = Date.now()
    const hasSettled = await until(async () => {
      signal.throwIfAborted()
      if (customers.unansweredSince(lastMs) > 0) return false
      return (await oracle.underWaySince(lastMs).catch(() => 1)) === 0
    }, SETTLED_WITHIN_MS)
    const settledMs = Date.now()
    const late = hasSettled ? [] : await lateOnes(stage, lastMs)
    phase = 'after'
    await wait(quietMs, undefined, { signal })
    phase = 'the last orders'
    const endMs = Date.now()
    await Promise.all([customers.stop(), shopkeeper.stop()])
    return {
      spans: {
        before: { fromMs: startMs, toMs: firstMs },
        during: { fromMs: firstMs, toMs: lastMs },
        after: { fromMs: settledMs, toMs: endMs },
      },
      stretches: stretches.done,
      settleMs: settledMs - lastMs,
      late,
    }
  } finally {
    clearInterval(telling)
  }
}

const lateOnes = async ({ customers, oracle }: Stage, lastMs: number): Promise<readonly string[]> => {
  const underWay = await oracle.namesUnderWaySince(lastMs).catch((error: unknown) => [String(error)])
  const unanswered = customers.unansweredSince(lastMs)
  const late = [...(unanswered > 0 ? [`${unanswered} requests without an answer`] : []), ...underWay]
  return [`${SETTLED_WITHIN_MS / 1_000} s after the last fault not everything had ended: ${late.join('; ')}`]
}
