import type { Beside } from './beside-floors.ts'
import type { FloorResult } from './floors/floors.ts'
import { type FloorRatio, type LoopRun, nameOf } from './loop-figures.ts'
import { type Cell, heading, table } from './table.ts'
import { usageTables } from './usage-tables.ts'

const KIB = 1_024

export const runTables = (runs: readonly LoopRun[]): string =>
  [
    rateTable(runs.map((run) => [nameOf(run), run])),
    '',
    usageTables(
      runs.map((run) => [nameOf(run), run]),
      'saga',
    ),
  ].join('\n')

/** Rates and times of some runs. */
export const rateTable = (runs: readonly (readonly [string, Omit<LoopRun, 'kind' | 'load'>])[]): string =>
  table([
    ['load', 'sagas/s', 'p50 ms', 'p99 ms', 'POST p50', 'POST p99', 'confirmed', 'cancelled', 'failed', 'unended'],
    ...runs.map(([name, run]): readonly Cell[] => [
      name,
      run.sagasPerSecond,
      run.end.p50Ms,
      run.end.p99Ms,
      run.post.p50Ms,
      run.post.p99Ms,
      run.confirmed,
      run.cancelled,
      run.failedPosts,
      run.unended,
    ]),
  ])

export const floorTable = ({ before, after }: Beside<readonly FloorResult[]>): string =>
  table([
    ['floor', 'sagas/s', 'p50 ms', 'p99 ms', 'CPU us', 'of PostgreSQL', 'commits', 'WAL KiB'],
    ...rowsOf('before', before),
    ...rowsOf('after', after),
  ])

const rowsOf = (when: string, floors: readonly FloorResult[]): readonly (readonly Cell[])[] =>
  floors.map((floor) => [
    `${floor.name}, ${when}`,
    floor.sagasPerSecond,
    floor.p50Ms,
    floor.p99Ms,
    floor.cpuMicrosPerSaga.total,
    floor.cpuMicrosPerSaga.postgres,
    floor.commitsPerSaga,
    floor.walBytesPerSaga / KIB,
  ])

/** What it is all about, in a sentence a floor. */
export const headlines = (ratios: readonly FloorRatio[]): readonly string[] =>
  ratios.map(({ floor, load, sagasPerSecond, floorSagasPerSecond, rateRatio, cpuRatio }) =>
    heading(
      `${rateRatio.toFixed(2)} of the rate of the bare ${floor} (${round(sagasPerSecond)} sagas/s at ${load.toLocaleString('en')} in flight, ` +
        `${round(floorSagasPerSecond)} as the mean of before and after), with ${cpuRatio.toFixed(2)} of its processor time`,
    ),
  )

const round = (value: number): string => Math.round(value).toLocaleString('en')
