import { parseArgs } from 'node:util'
import { type KindName, kindNames } from './faults/kind-names.ts'

export interface Options {
  readonly minutes: number
  readonly seed: number
  readonly kinds: readonly KindName[]
  /** Orders a second. */
  readonly rate: number
  /** Between two faults, on average. */
  readonly everyMs: number
  /** Processes of the coordinator. */
  readonly coordinators: number
  /** Processes of each other service. */
  readonly participants: number
  readonly allInOne: boolean
  readonly json: boolean
  /** Undefined for the usual place. */
  readonly report: string | undefined
}

const MAX_SEED = 2 ** 31 - 1

/** Undefined when the text of --help is wanted. @throws naming the option and what it may be. */
export const readOptions = (args: readonly string[]): Options | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      faults: { type: 'string' },
      rate: { type: 'string', default: '60' },
      every: { type: 'string', default: '2' },
      coordinators: { type: 'string', default: '1' },
      participants: { type: 'string', default: '1' },
      'all-in-one': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      report: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const seed = values.seed ?? String(1 + Math.floor(Math.random() * 1_000_000))
  const options: Options = {
    minutes: numberOf('minutes', values.minutes, 0.1, 1_440),
    seed: wholeOf('seed', seed, 0, MAX_SEED),
    kinds: kindsOf(values.faults),
    rate: numberOf('rate', values.rate, 1, 1_000),
    everyMs: numberOf('every', values.every, 0.2, 600) * 1_000,
    coordinators: oneOf('coordinators', values.coordinators, ['1', '2', '4']),
    participants: oneOf('participants', values.participants, ['1', '2']),
    allInOne: values['all-in-one'],
    json: values.json,
    report: values.report,
  }
  if (options.allInOne && options.coordinators + options.participants > 2)
    throw new Error('--all-in-one is one process: leave out --coordinators and --participants, or --all-in-one')
  return options
}

/** How to run the same again. */
export const commandOf = (options: Options): string =>
  [
    './scripts/chaos',
    `--seed ${options.seed}`,
    `--minutes ${options.minutes}`,
    `--faults ${options.kinds.join(',')}`,
    `--rate ${options.rate}`,
    `--every ${options.everyMs / 1_000}`,
    options.allInOne ? '--all-in-one' : `--coordinators ${options.coordinators} --participants ${options.participants}`,
  ].join(' ')

const kindsOf = (text: string | undefined): readonly KindName[] => {
  if (text === undefined) return kindNames
  const given = text.split(',').map((name) => name.trim())
  if (given.every((name) => name === 'together'))
    throw new Error(`--faults ${text}: name the kinds, too, that are to come together`)
  return given.map((name) => {
    const known = kindNames.find((kind) => kind === name)
    if (known !== undefined) return known
    throw new Error(`--faults ${text}: there is no kind '${name}'; give some of ${kindNames.join(', ')}`)
  })
}

const numberOf = (name: string, text: string, low: number, high: number): number => {
  const value = Number(text)
  if (/^\d+(\.\d+)?$/.test(text) && value >= low && value <= high) return value
  throw new Error(`--${name} ${text}: give a number from ${low} to ${high}`)
}

const wholeOf = (name: string, text: string, low: number, high: number): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= low && value <= high) return value
  throw new Error(`--${name} ${text}: give a whole number from ${low} to ${high}`)
}

const oneOf = (name: string, text: string, from: readonly string[]): number => {
  if (from.includes(text)) return Number(text)
  throw new Error(`--${name} ${text}: give one of ${from.join(', ')}`)
}
