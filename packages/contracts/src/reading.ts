/**
 * Reading data that others wrote. Messages only ever gain optional fields within a version, so a reader that is older
 * than the writer must forgive fields it does not know: they are left out. Everything else is as strict as for writers.
 */
import type { z } from 'zod'

type Issue = z.core.$ZodIssue
type Path = Issue['path']

export type Read<Data> =
  | { readonly ok: true; readonly data: Data }
  /** `detail` names each field, what was expected and what came; at most 500 characters. */
  | { readonly ok: false; readonly detail: string }

/** A detail goes to logs and to dead letters: it shows enough to find the fault, not a customer's data. */
const SHOWN_FAULTS = 5
const SHOWN_VALUE_CHARS = 32
const DETAIL_MAX_CHARS = 500

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined,
    data,
  )

/** A value in a few characters, fit to be printed. */
export const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `${value.length} items`
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value !== 'string') return `an ${typeof value}`
  // JSON.stringify writes control characters and lone surrogates as escapes, so the detail itself stays printable.
  return value.length > SHOWN_VALUE_CHARS ? `text of ${value.length} characters` : JSON.stringify(value)
}

const expectation = (issue: Issue): string => {
  if (issue.message.startsWith('expected ')) return issue.message
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  return issue.message
}

const faultOf = (issue: Issue, data: unknown): string => {
  const where = issue.path.length === 0 ? 'data' : issue.path.map(String).join('.')
  if (issue.code === 'unrecognized_keys') return `${where}: unknown field ${issue.keys.map(shown).join(', ')}`
  return `${where}: ${expectation(issue)}, got ${shown(valueAt(data, issue.path))}`
}

/** What is wrong with the data, readable: `items.0.quantity: expected integer 1..1000000, got "2"`. */
export const faultsOf = (issues: readonly Issue[], data: unknown): string => {
  // A number can break two rules (whole and safe, in bounds) that one sentence tells.
  const distinct = issues.filter((issue, index) => {
    const before = issues[index - 1]
    return before?.message !== issue.message || before.path.join('.') !== issue.path.join('.')
  })
  const faults = distinct.slice(0, SHOWN_FAULTS).map((issue) => faultOf(issue, data))
  if (distinct.length > SHOWN_FAULTS) faults.push(`and ${distinct.length - SHOWN_FAULTS} more`)
  const detail = faults.join('; ')
  return detail.length > DETAIL_MAX_CHARS ? `${detail.slice(0, DETAIL_MAX_CHARS - 1)}…` : detail
}

/** A copy without the fields that a strict schema did not know. */
const without = (data: unknown, unknownFields: readonly { path: Path; keys: readonly string[] }[]): unknown => {
  const copy: unknown = structuredCopy(data)
  for (const { path, keys } of unknownFields) {
    const holder = valueAt(copy, path)
    if (typeof holder === 'object' && holder !== null) for (const key of keys) Reflect.deleteProperty(holder, key)
  }
  return copy
}

const structuredCopy = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(structuredCopy)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structuredCopy(inner)]))
}

/** Reads data by a strict schema, unknown fields forgiven. */
export const readData = (schema: z.ZodType, data: unknown): Read<unknown> => {
  const strict = schema.safeParse(data)
  if (strict.success) return { ok: true, data: strict.data }
  const unknownFields = strict.error.issues.filter((issue) => issue.code === 'unrecognized_keys')
  const faults = strict.error.issues.filter((issue) => issue.code !== 'unrecognized_keys')
  if (faults.length > 0) return { ok: false, detail: faultsOf(faults, data) }
  const known = schema.safeParse(without(data, unknownFields))
  return known.success ? { ok: true, data: known.data } : { ok: false, detail: faultsOf(known.error.issues, data) }
}

interface Readable<Data> {
  (data: Data): unknown
  readonly schema: z.ZodType
}

/**
 * Reads the data of a message by its contract. Never throws. Data without unknown fields, the usual case, is parsed
 * once; with unknown fields and no other fault it is parsed again without them.
 */
export const parseData = <Data>(contract: Readable<Data>, data: unknown): Read<Data> =>
  // What a contract is called with is what its schema gives; only the compiler cannot see it here.
  readData(contract.schema, data) as Read<Data>
