import { parseArgs } from 'node:util'
import { describeFailure, keepRegression, shrunk } from './failure.ts'
import { runSchedule } from './schedule.ts'
import { Tally } from './tally.ts'

const HELP = `Usage: ./scripts/simulate [--schedules N] [--seed S] [--replicas R] [--json]

Runs schedules of the whole system in virtual time: the real engine, messaging and handlers of all four services, several
processes of each, on a simulated broker and simulated databases, with faults drawn from the seed. The same seed does the
same again. Ends with 1 when an invariant is broken; the failure is shrunk to the faults that matter and drawn, and its
seed kept in scripts/simulation/regressions.json.

  --schedules N  how many, from seed S on (1000)
  --seed S       the first seed (1)
  --replicas R   processes of each service (2)
  --json         one JSON document on stdout
  --help         this text`

/** After so many failures the rest says nothing new. */
const MAX_FAILURES = 5
const SAY_EVERY_MS = 2_000

const numberOf = (name: string, text: string, low: number, high: number): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new Error(`--${name} ${text}: give a whole number from ${low} to ${high}`)
}

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      schedules: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      replicas: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const first = numberOf('seed', values.seed, 0, 2 ** 31)
  const schedules = numberOf('schedules', values.schedules, 1, 1e9)
  const replicas = numberOf('replicas', values.replicas, 1, 5)
  const startedMs = performance.now()
  const tally = new Tally()
  let saidAtMs = startedMs
  for (let seed = first; seed < first + schedules && tally.failed < MAX_FAILURES; seed++) {
    const schedule = await runSchedule({ seed, replicas })
    tally.add(schedule)
    if (schedule.violations.length > 0) await report(schedule)
    if (performance.now() - saidAtMs > SAY_EVERY_MS) {
      saidAtMs = performance.now()
      process.stderr.write(`${tally.schedules} schedules, ${tally.failed} failed\n`)
    }
  }
  const seconds = (performance.now() - startedMs) / 1_000
  const cpuSeconds = process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6
  const speed = { seconds, cpuSeconds, schedulesAMinute: Math.round((tally.schedules / seconds) * 60) }
  if (values.json) process.stdout.write(`${JSON.stringify({ ...tally.report(), ...speed })}\n`)
  else {
    const took = `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${speed.schedulesAMinute} a minute`
    process.stdout.write(`${tally.table()}\n${tally.schedules} schedules, ${tally.failed} failed, ${took}\n`)
  }
  return tally.failed === 0 ? 0 : 1
}

const report = async (failed: Awaited<ReturnType<typeof runSchedule>>): Promise<void> => {
  const few = await shrunk(failed, { seed: failed.seed, replicas: failed.settings.replicas })
  keepRegression(few)
  process.stderr.write(`${describeFailure(failed, few)}\n\n`)
}

// Stacks of the errors that faults make by the thousand cost more than the faults.
Error.stackTraceLimit = 0
try {
  process.exitCode = await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 2
}
