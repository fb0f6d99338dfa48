import { type Cell, table } from './table.ts'
import type { Usage } from './usage.ts'

const KIB = 1_024
const MIB = 1_048_576

type Named = readonly [name: string, usage: Usage]

/** What each of some runs has cost: the servers' counters, processor time by process, memory. */
export const usageTables = (runs: readonly Named[], unit: 'saga' | 'order'): string =>
  [costTable(runs, unit), '', cpuTable(runs, unit), '', memoryTable(runs)].join('\n')

const costTable = (runs: readonly Named[], unit: string): string =>
  table([
    [`per ${unit}`, 'commits', 'statements', 'messages', 'WAL KiB', 'seq. rows', 'HOT updates'],
    ...runs.map(([name, { perSaga, hotUpdateShare }]) => [
      name,
      perSaga.commits,
      perSaga.statements ?? 'unknown',
      perSaga.messages,
      perSaga.walBytes / KIB,
      perSaga.sequentialReads,
      percent(hotUpdateShare),
    ]),
  ])

const cpuTable = (runs: readonly Named[], unit: string): string => {
  const processes = [...new Set(runs.flatMap(([, { perSaga }]) => Object.keys(perSaga.cpuMicros)))]
  return table([
    [`CPU us per ${unit}`, ...processes, 'load generator', 'others'],
    ...runs.map(([name, { perSaga, othersCpuShare }]): readonly Cell[] => [
      name,
      ...processes.map((process) => perSaga.cpuMicros[process] ?? ''),
      perSaga.loadGeneratorMicros,
      percent(othersCpuShare),
    ]),
  ])
}

const memoryTable = (runs: readonly Named[]): string => {
  const processes = [...new Set(runs.flatMap(([, { peakMemoryBytes }]) => Object.keys(peakMemoryBytes)))]
  return table([
    ['peak memory MiB', ...processes],
    ...runs.map(([name, { peakMemoryBytes }]): readonly Cell[] => [
      name,
      ...processes.map((process) => Math.round((peakMemoryBytes[process] ?? 0) / MIB)),
    ]),
  ])
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
