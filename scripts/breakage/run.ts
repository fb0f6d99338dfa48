import { whyNoBoundedDisk } from './bounded-disk.ts'
import { countByKind, latencyOf } from './figures.ts'
import { growthOf, stretchFigures } from './growth.ts'
import { judge, type Verdict } from './judge.ts'
import { commandOf, type Options } from './options.ts'
import { type Course, goThrough } from './phases.ts'
import type { ChaosReport, NotPossible } from './report.ts'
import { type Stage, setStage } from './stage.ts'
import { Victim } from './victim.ts'

export interface RunOptions {
  readonly signal: AbortSignal
  /** Told what goes on, from time to time. */
  readonly progress: (line: string) => void
}

/** Starts a system, breaks it for so long, lets it settle, and judges. The system is removed whatever happens. */
export const runChaos = async (options: Options, run: RunOptions): Promise<ChaosReport> => {
  const startedAt = new Date().toISOString()
  const notPossible = await notPossibleHere(options)
  const kinds = options.kinds.filter((kind) => !notPossible.some((other) => other.kind === kind))
  run.progress('starting a system')
  const victim = await Victim.start({ ...options, kinds, signal: run.signal })
  try {
    const stage = await setStage(victim, options, kinds)
    try {
      const course = await goThrough(stage, options.minutes * 60_000, run)
      run.progress('judging')
      const verdict = await judge(stage)
      return { startedAt, options, command: commandOf(options), notPossible, ...figuresOf(stage, course, verdict) }
    } finally {
      stage.memory.stop()
    }
  } finally {
    await victim.stop()
  }
}

const notPossibleHere = async ({ kinds, allInOne }: Options): Promise<readonly NotPossible[]> => {
  const whyNoDisk = kinds.includes('disk-full') ? await whyNoBoundedDisk() : undefined
  const whyNoNetwork = allInOne ? 'only a service with a process of its own comes through proxies' : undefined
  return kinds.flatMap((kind) => {
    const why = kind === 'disk-full' ? whyNoDisk : kind.startsWith('net-') ? whyNoNetwork : undefined
    return why === undefined ? [] : [{ kind, why }]
  })
}

type Figures = Omit<ChaosReport, 'startedAt' | 'options' | 'command' | 'notPossible'>

const figuresOf = (
  { victim, customers, shopkeeper, injector, memory, versions }: Stage,
  { spans, stretches, settleMs, late }: Course,
  { orders, sagas, deaths, hostileSaidAgain, violations }: Verdict,
): Figures => {
  const { purchases, failedTries, cancelRequests } = customers
  const parts = stretchFigures(stretches, purchases, orders)
  const latency = (span: keyof typeof spans) => latencyOf(purchases, orders, spans[span])
  return {
    versions,
    faults: injector.struck,
    faultsByKind: countBy(injector.struck.map(({ kind }) => kind)),
    sagas,
    orders: countByKind(purchases, orders),
    requests: {
      failedTries,
      cancelRequests,
      priceChanges: shopkeeper.changes,
      hostile: victim.manifest.count,
      hostileSaidAgain,
    },
    latency: { before: latency('before'), during: latency('during'), after: latency('after') },
    stretches: parts,
    growth: growthOf(parts),
    settleMs,
    deaths,
    peakMemoryBytes: Object.fromEntries(memory.peaks()),
    violations: [...late, ...violations],
  }
}

const countBy = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))
