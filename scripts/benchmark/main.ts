import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openBench } from './bench.ts'
import { command, interrupt } from './command.ts'
import { type Durability, durabilityLine } from './durability.ts'
import { HELP } from './help.ts'
import { type Machine, thisMachine } from './machine.ts'
import { type Options, readOptions, type ScenarioName } from './options.ts'
import { latencyPlot } from './plot.ts'
import { say } from './progress.ts'
import { backlog } from './scenarios/backlog.ts'
import { coordinators } from './scenarios/coordinators.ts'
import { loop } from './scenarios/loop.ts'
import { openSagas } from './scenarios/open-sagas.ts'
import { post } from './scenarios/post.ts'
import { releases } from './scenarios/releases.ts'
import { restarts } from './scenarios/restarts.ts'
import type { Measured, Scenario } from './scenarios/scenario.ts'
import { soak } from './scenarios/soak.ts'
import { type Form, findRunning, type SystemUnderTest, startOwn } from './system-under-test.ts'
import { heading } from './table.ts'

const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  loop,
  post,
  backlog,
  coordinators,
  soak,
  'open-sagas': openSagas,
  restarts,
  releases,
}

/** What became of one system. */
interface Outcome extends Measured {
  readonly form: Form
  readonly durability: Durability
}

/** The document of --json; each system with the figures of the scenario. */
interface Report {
  readonly scenario: ScenarioName
  readonly startedAt: string
  readonly machine: Machine
  readonly options: Options
  readonly systems: readonly (Readonly<Record<string, unknown>> & Pick<Outcome, 'form' | 'durability' | 'broken'>)[]
}

/** The work, or the end of it: what is still under way then fails unheard, as what it measures is taken away. */
const unlessInterrupted = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      interrupt.signal.addEventListener('abort', () => reject(interrupt.signal.reason))
    }),
  ])

const systemsOf = ({ running, form }: Options): readonly (() => Promise<SystemUnderTest>)[] => {
  if (running) return [() => findRunning(process.env)]
  const four = () => startOwn('four processes', interrupt.signal)
  const one = () => startOwn('all in one', interrupt.signal)
  return { four: [four], one: [one], both: [four, one] }[form]
}

/** Measures each wanted system in turn; each is stopped before the next one starts, whatever happens. */
const measureAll = async (options: Options): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const start of systemsOf(options)) {
    const system = await start()
    try {
      outcomes.push(await measureOne(system, options))
    } finally {
      await system.stop()
    }
  }
  return outcomes
}

const measureOne = async (system: SystemUnderTest, options: Options): Promise<Outcome> => {
  const bench = await unlessInterrupted(openBench(system))
  try {
    const measured = await unlessInterrupted(SCENARIOS[options.scenario](bench, options))
    return { form: system.form, durability: bench.durability, ...measured }
  } finally {
    await bench.close()
  }
}

const run = async (options: Options): Promise<number> => {
  if (process.platform !== 'linux')
    throw new Error('./scripts/bench reads what processes use from /proc: it needs Linux')
  // The ports and settings of the system that ./scripts/dev runs.
  if (options.running && existsSync('.env')) process.loadEnvFile('.env')
  const startedAt = new Date().toISOString()
  const outcomes = await measureAll(options)
  const systems = outcomes.map(({ form, durability, figures, broken }) => ({ form, durability, ...figures, broken }))
  const report: Report = { scenario: options.scenario, startedAt, machine: thisMachine(), options, systems }
  if (options.out !== undefined) writeFiles(options.out, report, outcomes)
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${outcomes.map(textOf).join('\n')}\n`)
  const broken = outcomes.flatMap((outcome) => outcome.broken)
  for (const promise of broken) process.stderr.write(`broken: ${promise}\n`)
  return broken.length === 0 ? 0 : 1
}

const textOf = ({ form, durability, tables }: Outcome): string =>
  `${heading(`${form}: ${durabilityLine(durability)}`)}\n\n${tables}`

const writeFiles = (folder: string, report: Report, outcomes: readonly Outcome[]): void => {
  // The caller's folder: we work in that of the repository.
  const out = resolve(process.env['INIT_CWD'] ?? '.', folder)
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, 'bench.json'), `${JSON.stringify(report, undefined, 2)}\n`)
  const panels = outcomes.flatMap(({ plot }) => plot ?? [])
  if (panels.length > 0) writeFileSync(join(out, 'latency.svg'), latencyPlot(panels))
  say(`wrote bench.json${panels.length > 0 ? ' and latency.svg' : ''} to ${out}`)
}

await command(HELP, readOptions, run)
