import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export const scenarioNames = [
  'loop',
  'post',
  'backlog',
  'coordinators',
  'soak',
  'open-sagas',
  'restarts',
  'releases',
] as const

export type ScenarioName = (typeof scenarioNames)[number]
export type FormOption = 'four' | 'one' | 'both'

export interface Options {
  readonly scenario: ScenarioName
  readonly form: FormOption
  readonly running: boolean
  readonly floors: boolean
  readonly inFlight: readonly number[]
  readonly rates: readonly number[]
  /** How many orders pile up, or end; how many sagas are open. */
  readonly orders: number
  /** How many a second pile up; how many timers a second are due. */
  readonly rate: number
  /** The folder of another release, installed. */
  readonly other: string
  readonly warmUpMs: number
  readonly measureMs: number
  readonly seed: number
  readonly json: boolean
  readonly out: string | undefined
}

type Range = readonly [number, number]

/** Where an option means something; one that is given and means nothing is a mistake. The others belong to all. */
const BELONGS: Readonly<Record<string, readonly ScenarioName[]>> = {
  form: ['loop'],
  running: ['loop'],
  floors: ['loop'],
  'in-flight': ['loop', 'coordinators', 'soak'],
  rates: ['loop'],
  orders: ['backlog', 'soak', 'open-sagas'],
  rate: ['backlog', 'open-sagas', 'restarts', 'releases'],
  other: ['releases'],
}
const ORDERS: Readonly<Partial<Record<ScenarioName, string>>> = {
  backlog: '50000',
  soak: '300000',
  'open-sagas': '1000000',
}
const RATE: Readonly<Partial<Record<ScenarioName, string>>> = { 'open-sagas': '1000', restarts: '500', releases: '50' }

/** Undefined when the text of --help is wanted. @throws naming the option and what it may be. */
export const readOptions = (args: readonly string[]): Options | undefined => {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      scenario: { type: 'string', default: 'loop' },
      form: { type: 'string' },
      running: { type: 'boolean' },
      floors: { type: 'boolean' },
      'in-flight': { type: 'string' },
      rates: { type: 'string' },
      orders: { type: 'string' },
      rate: { type: 'string' },
      other: { type: 'string' },
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const scenario = scenarioOption(values.scenario)
  checkBelonging(scenario, Object.keys(values))
  const isLoop = scenario === 'loop'
  if (values.running && values.form !== undefined)
    throw new Error(`--form ${values.form}: a system that runs has its form already; leave out --form or --running`)
  const options: Options = {
    scenario,
    form: isLoop ? formOption(values.form ?? 'both') : 'four',
    running: values.running ?? false,
    floors: values.floors ?? isLoop,
    inFlight: listOption('in-flight', values['in-flight'] ?? (isLoop ? '1,64,256,1024' : '1024'), [1, 10_000]),
    rates: listOption('rates', values.rates ?? (isLoop ? '100,500' : 'none'), [1, 10_000]),
    orders: wholeOption('orders', values.orders ?? ORDERS[scenario] ?? '1', [1, 1_000_000]),
    rate: wholeOption('rate', values.rate ?? RATE[scenario] ?? '200', [1, 10_000]),
    other: scenario === 'releases' ? otherOption(values.other) : '',
    warmUpMs: numberOption('warm-up', values['warm-up'], [0, 600]) * 1_000,
    measureMs: numberOption('seconds', values.seconds, [1, 3_600]) * 1_000,
    seed: wholeOption('seed', values.seed, [0, 2 ** 32 - 1]),
    json: values.json,
    out: values.out,
  }
  checkLoads(options)
  return options
}

const scenarioOption = (text: string): ScenarioName => {
  const scenario = scenarioNames.find((name) => name === text)
  if (scenario !== undefined) return scenario
  throw new Error(`--scenario ${text}: give one of ${scenarioNames.join(', ')}`)
}

const checkBelonging = (scenario: ScenarioName, given: readonly string[]): void => {
  for (const name of given) {
    const owners = BELONGS[name] ?? scenarioNames
    if (!owners.includes(scenario))
      throw new Error(`--${name} belongs to --scenario ${owners.join(', ')}: leave it out with ${scenario}`)
  }
}

const checkLoads = ({ scenario, inFlight, rates }: Options): void => {
  if (scenario === 'loop') {
    if (inFlight.length + rates.length > 0) return
    throw new Error('--in-flight none and --rates none: nothing is left to measure; give one of them')
  }
  if (inFlight.length !== 1)
    throw new Error(`--in-flight ${inFlight.join(',') || 'none'}: --scenario ${scenario} takes one number`)
}

/** What is started from there must be able to run. */
const otherOption = (text: string | undefined): string => {
  if (text === undefined) throw new Error('--scenario releases needs --other FOLDER: a checkout of another release')
  const folder = resolve(process.env['INIT_CWD'] ?? '.', text)
  if (existsSync(join(folder, 'node_modules')) && existsSync(join(folder, 'services'))) return folder
  throw new Error(
    `--other ${text}: give a checkout of another release in which ./scripts/dev or ./scripts/test has run`,
  )
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
