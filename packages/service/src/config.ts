import type { z } from 'zod'
import { redactText } from './redaction.ts'

/** The environment as a process sees it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One environment variable: how it is read, and what a person is told about it. */
export interface Variable<Value> {
  readonly name: string
  /** One line for people: what it decides, in which unit. */
  readonly meaning: string
  readonly schema: z.ZodType<Value, string>
  /** The text that stands in when the variable is absent or empty. Without one the variable is required, or `optional`. */
  readonly default?: string
  /** Absent is a valid state of its own. */
  readonly optional?: boolean
  /** The value is a secret as a whole: it is never printed, not even partly. */
  readonly secret?: boolean
  /** Another variable from which the value follows when this one is absent. */
  readonly derivedFrom?: { readonly name: string; readonly derive: (text: string) => string }
  /** What to tell a person when the variable is missing or wrong. */
  readonly fix: string
}

/** Variables that belong together. A service composes its configuration of parts. */
export interface ConfigPart<Values extends object> {
  readonly variables: { readonly [Key in keyof Values]: Variable<Values[Key]> }
  /** Rules over several variables, looked at when each of them is valid. */
  readonly check?: (values: Values) => readonly ConfigFault[]
  /** What is allowed but seldom meant. */
  readonly warn?: (values: Values) => readonly string[]
}

export interface ConfigFault {
  readonly name: string
  /** As given, redacted; undefined when the variable is absent. */
  readonly given: string | undefined
  readonly problem: string
  readonly fix: string
}

/** Any part, whatever its values. */
export interface AnyConfigPart {
  readonly variables: Readonly<Record<string, Variable<unknown>>>
  readonly check?: (values: never) => readonly ConfigFault[]
  readonly warn?: (values: never) => readonly string[]
}

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never
type ValuesOf<Part> = Part extends ConfigPart<infer Values> ? Values : never
/** What `loadConfig` answers for a list of parts. */
export type ConfigOf<Parts extends readonly AnyConfigPart[]> = Intersection<ValuesOf<Parts[number]>>

/** Says at once everything that is wrong, one line a fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ name, given, problem, fix }) => {
      const found = given === undefined ? 'is not set' : `is ${given}`
      return `  ${name} ${found}, but must be ${problem}. ${fix}`
    })
    super(`The configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${lines.join('\n')}`)
    this.faults = faults
  }
}

interface Found {
  readonly name: string
  readonly text: string
  readonly derive: (text: string) => string
}

const unchanged = (text: string): string => text

function find(variable: Variable<unknown>, env: Environment): Found | undefined {
  // An empty variable is an absent one: `NAME=` in a file is how people switch a setting off.
  const own = env[variable.name]
  if (own !== undefined && own !== '') return { name: variable.name, text: own, derive: unchanged }
  const { derivedFrom } = variable
  const other = derivedFrom === undefined ? undefined : env[derivedFrom.name]
  if (derivedFrom !== undefined && other !== undefined && other !== '') {
    return { name: derivedFrom.name, text: other, derive: derivedFrom.derive }
  }
  if (variable.default !== undefined) return { name: variable.name, text: variable.default, derive: unchanged }
  return undefined
}

/** A secret is shown by its length only; other text in quotes, shortened, with any credentials masked. */
function shown(variable: Variable<unknown>, text: string): string {
  if (variable.secret === true) return `(secret, ${text.length} characters)`
  // Text that holds an @ and is no URL may be a URL with a slip in it, and the slip may sit beside its password.
  if (text.includes('@') && URL.parse(text) === null) return `(not shown, it may hold a password)`
  return JSON.stringify(redactText(text.length > 80 ? `${text.slice(0, 80)}...` : text))
}

interface Read {
  readonly value?: unknown
  readonly fault?: ConfigFault
}

function read(variable: Variable<unknown>, env: Environment): Read {
  const found = find(variable, env)
  if (found === undefined) {
    if (variable.optional === true) return { value: undefined }
    const alternative = variable.derivedFrom === undefined ? '' : ` (or ${variable.derivedFrom.name})`
    const fault = { name: variable.name, given: undefined, problem: `set${alternative}`, fix: variable.fix }
    return { fault }
  }
  // The source is validated before anything is derived from it, so that the fault names the variable that was written.
  const source = variable.schema.safeParse(found.text)
  const parsed =
    source.success && found.derive !== unchanged ? variable.schema.safeParse(found.derive(found.text)) : source
  if (parsed.success) return { value: parsed.data }
  const problem = parsed.error.issues[0]?.message ?? 'valid'
  return { fault: { name: found.name, given: shown(variable, found.text), problem, fix: variable.fix } }
}

function withoutRepeats(faults: readonly ConfigFault[]): ConfigFault[] {
  return faults.filter((fault, index) => faults.findIndex(({ name }) => name === fault.name) === index)
}

/**
 * Reads and validates every variable of `parts`. Variables of other names are left alone.
 *
 * @throws {ConfigError} with all faults at once, secrets redacted.
 */
export function loadConfig<const Parts extends readonly AnyConfigPart[]>(
  parts: Parts,
  env: Environment,
): ConfigOf<Parts> {
  const values: Record<string, unknown> = {}
  const faults: ConfigFault[] = []
  for (const [key, variable] of variablesOf(parts)) {
    const { value, fault } = read(variable, env)
    if (fault !== undefined) faults.push(fault)
    else values[key] = value
  }
  // A rule over several variables says nothing useful while one of them is wrong.
  if (faults.length === 0) faults.push(...parts.flatMap((part) => part.check?.(values as never) ?? []))
  if (faults.length > 0) throw new ConfigError(withoutRepeats(faults))
  return values as ConfigOf<Parts>
}

/** Every variable of the parts, with the key under which `loadConfig` answers its value. */
export function variablesOf(parts: readonly AnyConfigPart[]): [key: string, variable: Variable<unknown>][] {
  return parts.flatMap((part) => Object.entries(part.variables))
}

/** The configuration by variable name, for the log at start: secrets replaced, credentials in URLs masked. */
export function describeConfig<const Parts extends readonly AnyConfigPart[]>(
  parts: Parts,
  config: ConfigOf<Parts>,
): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(config as object))
  return Object.fromEntries(
    variablesOf(parts).map(([key, variable]) => {
      const value = values.get(key)
      if (value === undefined) return [variable.name, null]
      if (variable.secret === true) return [variable.name, '(secret)']
      return [variable.name, typeof value === 'string' ? redactText(value) : value]
    }),
  )
}

/** What is allowed but seldom meant, one sentence each, for the log at start. */
export function configWarnings<const Parts extends readonly AnyConfigPart[]>(
  parts: Parts,
  config: ConfigOf<Parts>,
): string[] {
  return parts.flatMap((part) => part.warn?.(config as never) ?? [])
}
