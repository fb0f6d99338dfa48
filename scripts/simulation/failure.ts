import { readFileSync, writeFileSync } from 'node:fs'
import { faultName, sequenceDiagram, shrink } from '@skald/testing/simulation'
import { runSchedule, type Schedule, type ScheduleOptions } from './schedule.ts'

/** A schedule that once failed: replayed in the tests for ever. */
export interface Regression {
  readonly seed: number
  readonly replicas: number
  /** The faults that it needs, by name; all that the seed draws, when not given. */
  readonly faults?: readonly string[]
  readonly found: string
}

const REGRESSIONS = new URL('regressions.json', import.meta.url)

export const regressions = (): readonly Regression[] => JSON.parse(readFileSync(REGRESSIONS, 'utf8')) as Regression[]

/** Finds the few faults that a failing schedule needs. */
export const shrunk = async (failed: Schedule, options: ScheduleOptions): Promise<Schedule> => {
  const again = (faults: readonly string[]): Promise<Schedule> => runSchedule({ ...options, only: new Set(faults) })
  const needed = await shrink(
    failed.faults.map(faultName),
    async (faults) => (await again(faults)).violations.length > 0,
  )
  return runSchedule({ ...options, only: new Set(needed), recording: true })
}

/** For a person: what is broken, by which faults, and what happened. */
export const describeFailure = (failed: Schedule, few: Schedule): string => {
  const { seed, settings } = failed
  return [
    `seed ${seed} breaks ${failed.violations.length} invariants with ${failed.faults.length} faults:`,
    ...few.violations.slice(0, 10).map(({ invariant, detail }) => `  ${invariant}: ${detail}`),
    `the ${few.faults.length} faults that matter:`,
    ...few.faults.map((fault) => `  ${fault.atMs.toFixed(1).padStart(9)} ms  ${faultName(fault)}`),
    `settings: ${JSON.stringify(settings)}`,
    '',
    sequenceDiagram(few.lines),
    '',
    `again: ./scripts/simulate --seed ${seed} --schedules 1 --replicas ${settings.replicas}`,
  ].join('\n')
}

/** Keeps the failure for ever. */
export const keepRegression = (few: Schedule): void => {
  const known = regressions()
  const { seed, settings, faults, violations } = few
  if (known.some((each) => each.seed === seed && each.replicas === settings.replicas)) return
  const found = violations[0]?.invariant ?? ''
  const more: Regression = { seed, replicas: settings.replicas, faults: faults.map(faultName), found }
  writeFileSync(REGRESSIONS, `${JSON.stringify([...known, more], null, 2)}\n`)
}
