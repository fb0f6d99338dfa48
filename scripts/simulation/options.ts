import { parseArgs } from 'node:util'

export const HELP = `Usage: ./scripts/simulate [--schedules N] [--seed S] [--replicas R] [--workers W]
       ./scripts/simulate --planted [NAME ...] [--schedules N]

Runs schedules of the whole system in virtual time: the real engine, messaging and handlers of all four services, several
processes of each, on a simulated broker and simulated databases, with faults drawn from the seed. The same seed does the
same again. Ends with 1 when an invariant is broken; the failure is shrunk to the faults that matter and drawn, and its
seed kept in scripts/simulation/regressions.json.

  --schedules N     how many, from seed S on (1000; with --planted at most, 10000)
  --seed S          the first seed (1)
  --replicas R      processes of each service (2)
  --workers W       schedules that run at a time, each on a core of its own (1)
  --planted         takes one guard after the other out of the source, and says how soon that is seen
  --coverage        fails when a cell of state, event and fault is not reached that was reached before
  --write-coverage  keeps the cells that were reached as those that must be reached
  --json            one JSON document on stdout
  --help            this text`

export interface Options {
  readonly seed: number
  readonly schedules: number | undefined
  readonly replicas: number
  readonly workers: number
  readonly planted: boolean
  readonly coverage: boolean
  readonly writeCoverage: boolean
  readonly json: boolean
  readonly help: boolean
  readonly names: readonly string[]
}

/** @throws naming the option and the fix. */
export const optionsOf = (args: readonly string[]): Options => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      schedules: { type: 'string' },
      seed: { type: 'string', default: '1' },
      replicas: { type: 'string', default: '2' },
      workers: { type: 'string', default: '1' },
      planted: { type: 'boolean', default: false },
      coverage: { type: 'boolean', default: false },
      'write-coverage': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [name] = positionals
  if (name !== undefined && !values.planted)
    throw new Error(`'${name}' is no option; names of planted bugs need --planted`)
  return {
    seed: numberOf('seed', values.seed, 0, 2 ** 31),
    schedules: values.schedules === undefined ? undefined : numberOf('schedules', values.schedules, 1, 1e9),
    replicas: numberOf('replicas', values.replicas, 1, 5),
    workers: numberOf('workers', values.workers, 1, 64),
    planted: values.planted,
    coverage: values.coverage,
    writeCoverage: values['write-coverage'],
    json: values.json,
    help: values.help,
    names: positionals,
  }
}

const numberOf = (name: string, text: string, low: number, high: number): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new Error(`--${name} ${text}: give a whole number from ${low} to ${high}`)
}
