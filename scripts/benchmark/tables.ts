import type { Durability } from './durability.ts'
import type { LoopReport } from './report.ts'
import { nameOf } from './scenarios/loop.ts'
import { type Cell, heading, table } from './table.ts'

const KIB = 1_024
const MIB = 1_048_576

/** The tables of one system's runs. */
export const loopTables = ({ form, durability, runs }: LoopReport): string => {
  const processes = [...new Set(runs.flatMap(({ perSaga }) => Object.keys(perSaga.cpuMicros)))]
  const cpu: readonly (readonly Cell[])[] = [
    ['CPU us per saga', ...processes, 'load generator', 'others'],
    ...runs.map((run) => [
      nameOf(run),
      ...processes.map((name) => run.perSaga.cpuMicros[name] ?? ''),
      run.perSaga.loadGeneratorMicros,
      percent(run.othersCpuShare),
    ]),
  ]
  const holders = [...new Set(runs.flatMap(({ peakMemoryBytes }) => Object.keys(peakMemoryBytes)))]
  const memory: readonly (readonly Cell[])[] = [
    ['peak memory MiB', ...holders],
    ...runs.map((run) => [nameOf(run), ...holders.map((name) => Math.round((run.peakMemoryBytes[name] ?? 0) / MIB))]),
  ]
  return [
    heading(`${form}: ${durabilityLine(durability)}`),
    rateTable(runs),
    '',
    costTable(runs),
    '',
    table(cpu),
    '',
    table(memory),
  ].join('\n')
}

const rateTable = (runs: LoopReport['runs']): string =>
  table([
    ['load', 'sagas/s', 'p50 ms', 'p99 ms', 'POST p50', 'POST p99', 'confirmed', 'cancelled', 'failed', 'unended'],
    ...runs.map((run) => [
      nameOf(run),
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

const costTable = (runs: LoopReport['runs']): string =>
  table([
    ['per saga', 'commits', 'statements', 'messages', 'WAL KiB', 'seq. rows', 'HOT updates'],
    ...runs.map(({ perSaga, ...run }) => [
      nameOf({ perSaga, ...run }),
      perSaga.commits,
      perSaga.statements ?? 'unknown',
      perSaga.messages,
      perSaga.walBytes / KIB,
      perSaga.sequentialReads,
      percent(run.hotUpdateShare),
    ]),
  ])

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export const durabilityLine = ({ postgresVersion, postgres, natsVersion, natsSyncInterval }: Durability): string => {
  const settings = Object.entries(postgres).map(([name, value]) => `${name} ${value}`)
  return `PostgreSQL ${postgresVersion} (${settings.join(', ')}), nats-server ${natsVersion} (file, sync_interval ${natsSyncInterval})`
}
