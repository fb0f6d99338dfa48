import type { Bench } from '../bench.ts'
import { type Beside, ratioTo, withFloors } from '../beside-floors.ts'
import { closedLoop } from '../closed-loop.ts'
import { fixedRate } from '../fixed-rate.ts'
import type { FloorResult } from '../floors/floors.ts'
import { type FloorRatio, type LoopRun, nameOf } from '../loop-figures.ts'
import { floorTable, headlines, runTables } from '../loop-tables.ts'
import type { Options } from '../options.ts'
import { runLoad } from '../run-load.ts'
import type { Scenario } from './scenario.ts'

/** Fixed rates and closed loops, each with its own warm-up, with the floors before the first and after the last. */
export const loop: Scenario = async (bench, options) => {
  const { result: runs, floors } = await withFloors(bench, options, () => runAll(bench, options))
  const ratios = floors === undefined ? [] : ratiosOf(runs, floors)
  const tables = [runTables(runs), ...(floors ? ['', floorTable(floors)] : []), ...headlines(ratios)].join('\n')
  const points = runs.map((run) => ({ ...run, ...run.end, label: nameOf(run), perSecond: run.sagasPerSecond }))
  return {
    figures: { runs, ...(floors && { floors, ratios }) },
    tables,
    broken: [],
    plot: { title: bench.system.form, points },
  }
}

const runAll = async (bench: Bench, { rates, inFlight, seed, ...times }: Options): Promise<readonly LoopRun[]> => {
  const runs: LoopRun[] = []
  for (const load of rates) {
    const name = nameOf({ kind: 'fixed rate', load })
    const figures = await runLoad(bench, name, (flow) => fixedRate(flow, load, seed), times)
    runs.push({ kind: 'fixed rate', load, ...figures })
  }
  for (const load of inFlight) {
    const name = nameOf({ kind: 'closed loop', load })
    const figures = await runLoad(bench, name, (flow) => closedLoop(flow, load), times)
    runs.push({ kind: 'closed loop', load, ...figures })
  }
  return runs
}

/** Of the fastest closed loop; nothing when there was none. */
const ratiosOf = (runs: readonly LoopRun[], { before, after }: Beside<readonly FloorResult[]>): FloorRatio[] => {
  const loops = runs.filter(({ kind }) => kind === 'closed loop')
  const fastest = loops.toSorted((a, b) => b.sagasPerSecond - a.sagasPerSecond)[0]
  if (fastest === undefined) return []
  return before.flatMap((first, index) => {
    const second = after[index]
    if (second === undefined) return []
    const { load, sagasPerSecond, perSaga } = fastest
    return [
      {
        floor: first.name,
        load,
        sagasPerSecond,
        floorSagasPerSecond: (first.sagasPerSecond + second.sagasPerSecond) / 2,
        rateRatio: ratioTo(sagasPerSecond, first.sagasPerSecond, second.sagasPerSecond),
        cpuRatio: ratioTo(perSaga.cpuMicros['total'] ?? 0, first.cpuMicrosPerSaga.total, second.cpuMicrosPerSaga.total),
      },
    ]
  })
}
