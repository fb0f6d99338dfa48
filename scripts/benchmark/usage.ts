import type { Bench } from './bench.ts'
import { type Counts, countsBetween } from './counters.ts'
import { type CpuUse, cpuBetween, sampleCpu } from './cpu.ts'
import { MemoryWatch } from './memory.ts'

/** What some sagas have used, each. */
export interface UsagePerSaga {
  /** By process, and `total` over them; the load generator is apart. */
  readonly cpuMicros: Readonly<Record<string, number>>
  readonly loadGeneratorMicros: number
  readonly commits: number
  /** Null where PostgreSQL was started without pg_stat_statements. */
  readonly statements: number | null
  readonly messages: number
  readonly walBytes: number
  /** Rows of growing tables that were read by sequential scans: work that grows with the data. */
  readonly sequentialReads: number
}

export interface Usage {
  readonly perSaga: UsagePerSaga
  /** Of the updates of a saga's row, those that left its indexes alone. */
  readonly hotUpdateShare: number
  /** Of the growing tables, those that were read by sequential scans, with the rows read. */
  readonly sequentialReads: Readonly<Record<string, number>>
  readonly peakMemoryBytes: Readonly<Record<string, number>>
  /** Of the processors' time, what neither the system nor the load generator has used. */
  readonly othersCpuShare: number
}

/** Begins to watch; the returned function ends it. What is counted in between (sagas ended) shares what was used. */
export const watchUsage = async ({ system, counters }: Bench, count: () => number): Promise<() => Promise<Usage>> => {
  const memory = new MemoryWatch(system.home)
  const counting = counters.read()
  const cpuBefore = sampleCpu(system.home)
  const countBefore = count()
  const countsBefore = await counting
  return async () => {
    const lastCounting = counters.read()
    const cpu = cpuBetween(cpuBefore, sampleCpu(system.home))
    const sagas = count() - countBefore
    const counts = countsBetween(countsBefore, await lastCounting)
    return {
      perSaga: perSaga(cpu, counts, Math.max(1, sagas)),
      hotUpdateShare: rounded(counts.sagaHotUpdates / Math.max(1, counts.sagaUpdates), 4),
      sequentialReads: Object.fromEntries(counts.sequentialReads),
      peakMemoryBytes: Object.fromEntries(memory.peaks()),
      othersCpuShare: cpu.othersShare,
    }
  }
}

const perSaga = (cpu: CpuUse, counts: Counts, sagas: number): UsagePerSaga => {
  const byProcess = [...cpu.byProcess].map(([name, micros]) => [name, Math.round(micros / sagas)] as const)
  const total = byProcess.reduce((sum, [, micros]) => sum + micros, 0)
  const read = [...counts.sequentialReads.values()].reduce((sum, rows) => sum + rows, 0)
  return {
    cpuMicros: { ...Object.fromEntries(byProcess), total },
    loadGeneratorMicros: Math.round(cpu.loadGenerator / sagas),
    commits: rounded(counts.commits / sagas, 3),
    statements: counts.statements === undefined ? null : rounded(counts.statements / sagas, 3),
    messages: rounded(counts.messages / sagas, 3),
    walBytes: Math.round(counts.walBytes / sagas),
    sequentialReads: rounded(read / sagas, 3),
  }
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
