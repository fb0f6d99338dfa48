import { Coverage } from './coverage.ts'
import { schedulesOf } from './crew.ts'
import { describeFailure, keepRegression, shrunk } from './failure.ts'
import { HELP, type Options, optionsOf } from './options.ts'
import { catchAll } from './planted/run.ts'
import type { Schedule } from './schedule.ts'
import { Tally } from './tally.ts'

/** After so many failures the rest says nothing new. */
const MAX_FAILURES = 5
const SAY_EVERY_MS = 2_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const sayAside = (line: string): void => void process.stderr.write(`${line}\n`)

const run = async (options: Options): Promise<boolean> => {
  if (options.help) say(HELP)
  else if (options.planted) return catchBugs(options)
  else return simulate(options)
  return true
}

const catchBugs = async ({ names, schedules = 10_000 }: Options): Promise<boolean> => {
  const survivors = await catchAll(names, schedules, say)
  say(survivors.length === 0 ? 'all were caught' : `not caught: ${survivors.join('; ')}`)
  return survivors.length === 0
}

const simulate = async (options: Options): Promise<boolean> => {
  const coverage = options.coverage || options.writeCoverage ? new Coverage() : undefined
  const tally = new Tally()
  await runAll(options, tally, coverage)
  const lost = options.coverage ? (coverage?.lost ?? []) : []
  if (options.json) say(JSON.stringify({ ...tally.report(), cells: coverage?.cells.size, lost }))
  else say([tally.table(), ...(coverage ? [`${coverage.cells.size} cells`] : []), tally.verdict()].join('\n'))
  for (const cell of lost) sayAside(`no schedule reached: ${cell}`)
  if (options.writeCoverage && coverage) sayAside(`${coverage.write()} cells must be reached from now on`)
  return tally.failed === 0 && lost.length === 0
}

const runAll = async (options: Options, tally: Tally, coverage: Coverage | undefined): Promise<void> => {
  const { seed, schedules = 1_000, replicas, workers } = options
  let saidAtMs = performance.now()
  for await (const ran of schedulesOf({ seed, schedules, replicas, workers, covers: coverage !== undefined })) {
    coverage?.add(ran.cells)
    for (const schedule of ran.schedules) {
      tally.add(schedule)
      if (schedule.violations.length > 0) await report(schedule)
      if (tally.failed >= MAX_FAILURES) return
    }
    if (performance.now() - saidAtMs < SAY_EVERY_MS) continue
    saidAtMs = performance.now()
    sayAside(`${tally.schedules} schedules, ${tally.failed} failed`)
  }
}

const report = async (failed: Schedule): Promise<void> => {
  const few = await shrunk(failed, { seed: failed.seed, replicas: failed.settings.replicas })
  keepRegression(few)
  sayAside(`${describeFailure(failed, few)}\n`)
}

// Stacks of the errors that faults make by the thousand cost more than the faults.
Error.stackTraceLimit = 0
try {
  process.exitCode = (await run(optionsOf(process.argv.slice(2)))) ? 0 : 1
} catch (error) {
  sayAside(error instanceof Error ? error.message : String(error))
  process.exitCode = 2
}
