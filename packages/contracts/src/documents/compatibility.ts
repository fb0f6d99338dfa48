/**
 * Whether a published message version may be changed as it was. Old and new programs run at the same time, and old
 * messages are read again from the stream: so what the old ones write must be read by the new ones and the other way
 * round. That leaves one change: a new optional field. Everything else is a new version.
 */
import type { JsonSchema } from './json-schema.ts'
import { MESSAGE_KEYWORD } from './json-schema.ts'

/** Keywords that only people read. */
const ANNOTATIONS = new Set(['title', 'description', '$id', '$schema', '$comment', 'examples', 'deprecated'])
/** Keywords looked at on their own below. */
const STRUCTURE = new Set(['properties', 'required', 'items', 'enum'])

const LOWER = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'])
const UPPER = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'])

const NARROWER = 'narrowed, messages of the published form would be refused'
const WIDER = 'widened, readers of the published form would refuse what is new'

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const schemaAt = (value: unknown): JsonSchema => (isSchema(value) ? value : {})
const listAt = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value))
const equal = (one: unknown, other: unknown): boolean => shown(one) === shown(other)

const boundEffect = (keyword: string, was: unknown, is: unknown): string | undefined => {
  const isLower = LOWER.has(keyword)
  if (!isLower && !UPPER.has(keyword)) return undefined
  if (was === undefined) return NARROWER
  if (is === undefined) return WIDER
  return Number(is) > Number(was) === isLower ? NARROWER : WIDER
}

const keywordFaults = (where: string, was: JsonSchema, is: JsonSchema): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((keyword) => !ANNOTATIONS.has(keyword) && !STRUCTURE.has(keyword))
    .filter((keyword) => !equal(was[keyword], is[keyword]))
    .map((keyword) => {
      const effect = boundEffect(keyword, was[keyword], is[keyword])
      const label = keyword === MESSAGE_KEYWORD ? 'kind, subject, replies or undo' : keyword
      const change = `${label} was ${shown(was[keyword])}, is ${shown(is[keyword])}`
      return `${where}: ${change}${effect ? `: ${effect}` : ''}`
    })

const enumFaults = (where: string, was: unknown, is: unknown): string[] => {
  if (was === undefined && is === undefined) return []
  if (was === undefined) return [`${where}: only ${shown(is)} now: ${NARROWER}`]
  if (is === undefined) return [`${where}: no longer one of ${shown(was)}: ${WIDER}`]
  const gone = listAt(was).filter((value) => !listAt(is).some((other) => equal(value, other)))
  const fresh = listAt(is).filter((value) => !listAt(was).some((other) => equal(value, other)))
  return [
    ...gone.map((value) => `${where}: ${shown(value)} is gone: ${NARROWER}`),
    ...fresh.map((value) => `${where}: ${shown(value)} is new: ${WIDER}`),
  ]
}

const fieldFaults = (where: string, was: JsonSchema, is: JsonSchema): string[] => {
  const before = schemaAt(was['properties'])
  const after = schemaAt(is['properties'])
  const needed = new Set(listAt(was['required']))
  const needs = new Set(listAt(is['required']))
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((field) => {
    const path = where === '' ? field : `${where}.${field}`
    if (!(field in after)) return [`${path}: removed, readers of the published form may use it`]
    if (!(field in before)) {
      return needs.has(field) ? [`${path}: new and required, messages of the published form do not have it`] : []
    }
    const faults = schemaFaults(path, schemaAt(before[field]), schemaAt(after[field]))
    if (needed.has(field) && !needs.has(field))
      faults.push(`${path}: became optional, readers of the published form need it`)
    if (!needed.has(field) && needs.has(field)) faults.push(`${path}: became required, writers may leave it out`)
    return faults
  })
}

const itemFaults = (where: string, was: unknown, is: unknown): string[] =>
  was === undefined && is === undefined ? [] : schemaFaults(`${where}.*`, schemaAt(was), schemaAt(is))

const schemaFaults = (where: string, was: JsonSchema, is: JsonSchema): string[] => [
  ...keywordFaults(where === '' ? 'message' : where, was, is),
  ...enumFaults(where, was['enum'], is['enum']),
  ...fieldFaults(where, was, is),
  ...itemFaults(where, was['items'], is['items']),
]

/** What makes the current schema incompatible with the published one; empty when programs of both can work together. */
export const compatibility = (published: JsonSchema, current: JsonSchema): string[] =>
  schemaFaults('', published, current)
