/** What JSON.parse lets through and nothing behind the edge should ever see. */

/** Deep enough for any message; a walk of it cannot exhaust the stack. */
export const MAX_DEPTH = 32

export interface Unsafe {
  readonly reason: 'too-deep' | 'forbidden-key' | 'forbidden-character' | 'forbidden-number'
  readonly detail: string
}

const TOO_DEEP: Unsafe = { reason: 'too-deep', detail: `nested deeper than ${MAX_DEPTH} levels` }
const forbiddenKey = (key: string): Unsafe => ({
  reason: 'forbidden-key',
  detail: `the key "${key}" is refused: copied carelessly it would change the prototype of objects`,
})
const FORBIDDEN_CHARACTER: Unsafe = {
  reason: 'forbidden-character',
  detail: 'a text holds NUL (\\u0000) or half a surrogate pair (\\ud800 to \\udfff alone), which no database can keep',
}

const FORBIDDEN_NUMBER: Unsafe = {
  reason: 'forbidden-number',
  detail:
    'a number is beyond what a double holds (about 1.8e308): it would be read as Infinity, and said again as null',
}

const holdsForbiddenCharacter = (text: string): boolean => text.includes('\u0000') || !text.isWellFormed()

const inArray = (list: readonly unknown[], depth: number, escapes: boolean): Unsafe | undefined => {
  for (const value of list) {
    const fault = inValue(value, depth, escapes)
    if (fault) return fault
  }
  return undefined
}

const inObject = (object: object, depth: number, escapes: boolean): Unsafe | undefined => {
  for (const key of Object.keys(object)) {
    if (key === '__proto__') return forbiddenKey(key)
    if (escapes && holdsForbiddenCharacter(key)) return FORBIDDEN_CHARACTER
    const value: unknown = Reflect.get(object, key)
    if (key === 'constructor' && typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype'))
      return forbiddenKey('constructor.prototype')
    const fault = inValue(value, depth, escapes)
    if (fault) return fault
  }
  return undefined
}

const inValue = (value: unknown, depth: number, escapes: boolean): Unsafe | undefined => {
  if (typeof value === 'string') return escapes && holdsForbiddenCharacter(value) ? FORBIDDEN_CHARACTER : undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : FORBIDDEN_NUMBER
  if (typeof value !== 'object' || value === null) return undefined
  if (depth >= MAX_DEPTH) return TOO_DEEP
  return Array.isArray(value) ? inArray(value, depth + 1, escapes) : inObject(value, depth + 1, escapes)
}

/**
 * The first unsafe thing in a parsed JSON text. Valid UTF-8 can bring neither NUL nor half a surrogate pair into a
 * JSON string except as a `\u` escape, so texts are looked at only when the source has one.
 */
export const unsafeIn = (value: unknown, source: string): Unsafe | undefined =>
  inValue(value, 0, source.includes('\\u'))
