import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openBench } from './bench.ts'
import { thisMachine } from './machine.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { latencyPlot, type PlotPanel } from './plot.ts'
import { say } from './progress.ts'
import type { LoopReport, Report } from './report.ts'
import { nameOf, runLoops } from './scenarios/loop.ts'
import { findRunning, type SystemUnderTest, startOwn } from './system-under-test.ts'
import { loopTables } from './tables.ts'

const interrupt = new AbortController()

/** Measures each wanted system in turn; each is stopped before the next one starts, whatever happens. */
const measureAll = async (options: Options): Promise<readonly LoopReport[]> => {
  const reports: LoopReport[] = []
  for (const start of systemsOf(options)) {
    const system = await start()
    try {
      reports.push(await measureOne(system, options))
    } finally {
      await system.stop()
    }
  }
  return reports
}

const systemsOf = ({ running, form }: Options): readonly (() => Promise<SystemUnderTest>)[] => {
  if (running) return [() => findRunning(process.env)]
  const four = () => startOwn('four processes', interrupt.signal)
  const one = () => startOwn('all in one', interrupt.signal)
  return { four: [four], one: [one], both: [four, one] }[form]
}

/** The work, or the end of it: what is still under way then fails unheard, as what it measures is taken away. */
const unlessInterrupted = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      interrupt.signal.addEventListener('abort', () => reject(interrupt.signal.reason))
    }),
  ])

const measureOne = async (system: SystemUnderTest, options: Options): Promise<LoopReport> => {
  const bench = await unlessInterrupted(openBench(system))
  try {
    const runs = await unlessInterrupted(runLoops(bench, options))
    return { form: system.form, durability: bench.durability, runs }
  } finally {
    await bench.close()
  }
}

const run = async (options: Options): Promise<void> => {
  if (process.platform !== 'linux')
    throw new Error('./scripts/bench reads what processes use from /proc: it needs Linux')
  // The ports and settings of the system that ./scripts/dev runs.
  if (options.running && existsSync('.env')) process.loadEnvFile('.env')
  const startedAt = new Date().toISOString()
  const systems = await measureAll(options)
  const report: Report = { scenario: 'loop', startedAt, machine: thisMachine(), options, systems }
  if (options.out !== undefined) writeFiles(options.out, report)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${systems.map(loopTables).join('\n')}\n`)
}

const writeFiles = (folder: string, report: Report): void => {
  // The caller's folder: we work in that of the repository.
  const out = resolve(process.env['INIT_CWD'] ?? '.', folder)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'bench.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  writeFileSync(join(out, 'latency.svg'), latencyPlot(report.systems.map(panelOf)))
  say(`wrote bench.json and latency.svg to ${out}`)
}

const panelOf = ({ form, runs }: LoopReport): PlotPanel => ({
  title: form,
  points: runs.map((run) => ({
    kind: run.kind,
    label: nameOf(run),
    perSecond: run.sagasPerSecond,
    p50Ms: run.end.p50Ms,
    p99Ms: run.end.p99Ms,
  })),
})

const main = async (): Promise<number> => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      say(`${signal}: stopping what was started; once more to leave at once`)
      interrupt.abort(new Error(`interrupted by ${signal}`))
    })
  }
  try {
    const options = readOptions(process.argv.slice(2))
    if (options === undefined) process.stdout.write(`${HELP}\n`)
    else await run(options)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return interrupt.signal.aborted ? 130 : 2
  }
}

// Whatever is still under way after an interruption is not waited for.
process.exit(await main())
