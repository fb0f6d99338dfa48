import { parseArgs } from 'node:util'

export const HELP = `Usage: ./scripts/bench [--form four|one|both] [--in-flight LIST] [--rates LIST] [--seconds S] [--warm-up S]
                       [--json] [--out FOLDER]
       ./scripts/bench --running [...]

Starts a system of its own, in a temporary folder and on free ports, measures it from outside, and removes it. The load
generator runs on the same machine, and is told apart. Progress goes to stderr. Needs Linux, for /proc.

  --form F         four: one process a service, one: all services in one process, both: one after the other (both)
  --running        measure the system that runs already (./scripts/dev), which SKALD_HOME, NATS_URL, DATABASE_URL and the
                   ports lead to
  --in-flight LIST closed loops: so many orders in flight, each that ends followed by the next; none (1,64,256,1024)
  --rates LIST     fixed rates: so many orders a second, timed from the moment each was due; none (100,500)
  --seconds S      measured time of a run, 1 to 3600 (20)
  --warm-up S      time before that, 0 to 600 (10)
  --seed N         of the arrivals at a fixed rate (1)
  --json           one JSON document on stdout instead of tables
  --out FOLDER     writes bench.json and latency.svg (latency against load) into the folder
  --help           this text

Ends with 0; with 1 when a scenario's promise was broken; with 2 when nothing could be measured.`

export type FormOption = 'four' | 'one' | 'both'

export interface Options {
  readonly form: FormOption
  readonly running: boolean
  readonly inFlight: readonly number[]
  readonly rates: readonly number[]
  readonly warmUpMs: number
  readonly measureMs: number
  readonly seed: number
  readonly json: boolean
  readonly out: string | undefined
}

type Range = readonly [number, number]

/** Undefined when the text of --help is wanted. @throws naming the option and what it may be. */
export const readOptions = (args: readonly string[]): Options | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      form: { type: 'string' },
      running: { type: 'boolean', default: false },
      'in-flight': { type: 'string', default: '1,64,256,1024' },
      rates: { type: 'string', default: '100,500' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  if (values.running && values.form !== undefined)
    throw new Error(`--form ${values.form}: a system that runs has its form already; leave out --form or --running`)
  const options: Options = {
    form: formOption(values.form ?? 'both'),
    running: values.running,
    inFlight: listOption('in-flight', values['in-flight'], [1, 10_000]),
    rates: listOption('rates', values.rates, [1, 10_000]),
    warmUpMs: numberOption('warm-up', values['warm-up'], [0, 600]) * 1_000,
    measureMs: numberOption('seconds', values.seconds, [1, 3_600]) * 1_000,
    seed: wholeOption('seed', values.seed, [0, 2 ** 32 - 1]),
    json: values.json,
    out: values.out,
  }
  if (options.inFlight.length + options.rates.length === 0)
    throw new Error('--in-flight none and --rates none: nothing is left to measure; give one of them')
  return options
}

const formOption = (text: string): FormOption => {
  if (text === 'four' || text === 'one' || text === 'both') return text
  throw new Error(`--form ${text}: give four, one or both`)
}

const isWithin = (text: string, [min, max]: Range): boolean => {
  const value = Number(text)
  return /^\d+(\.\d+)?$/.test(text) && value >= min && value <= max
}

const numberOption = (name: string, text: string, range: Range): number => {
  if (isWithin(text, range)) return Number(text)
  throw new Error(`--${name} ${text}: give a number from ${range[0]} to ${range[1]}`)
}

const wholeOption = (name: string, text: string, range: Range): number => {
  if (isWithin(text, range) && Number.isInteger(Number(text))) return Number(text)
  throw new Error(`--${name} ${text}: give a whole number from ${range[0]} to ${range[1]}`)
}

const listOption = (name: string, text: string, range: Range): readonly number[] => {
  if (text === 'none') return []
  const parts = text.split(',')
  if (parts.every((part) => isWithin(part, range) && Number.isInteger(Number(part)))) return parts.map(Number)
  throw new Error(`--${name} ${text}: give whole numbers from ${range[0]} to ${range[1]}, commas between them, or none`)
}
