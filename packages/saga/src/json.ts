/**
 * Where and why a value would not survive `JSON.parse(JSON.stringify(value))`, to be read behind the value's name; undefined
 * when it would. It is put together on the way back: most values have no fault, and every step looks at one.
 */
export const jsonFault = (value: unknown): string | undefined => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return undefined
  if (typeof value === 'object') return Array.isArray(value) ? faultInList(value) : faultInObject(value)
  if (typeof value !== 'number') return ` is of type ${typeof value}, which JSON cannot carry`
  return Number.isFinite(value) ? undefined : ` is ${value}, which JSON turns into null`
}

const faultInList = (list: readonly unknown[]): string | undefined => {
  for (const [index, item] of list.entries()) {
    const fault = jsonFault(item)
    if (fault !== undefined) return `[${index}]${fault}`
  }
  return undefined
}

const faultInObject = (object: object): string | undefined => {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null) {
    return ` is a ${object.constructor.name}: keep plain objects, arrays, strings and numbers (a Date as its ISO text)`
  }
  for (const [key, item] of Object.entries(object)) {
    // A field set to undefined is dropped by JSON and read back as undefined: the same.
    const fault = item === undefined ? undefined : jsonFault(item)
    if (fault !== undefined) return `.${key}${fault}`
  }
  return undefined
}

/** The same text for the same content, whatever the order of keys; functions and undefined are left out. */
export const canonicalJson = (value: unknown): string => JSON.stringify(sorted(value)) ?? 'null'

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined && typeof item !== 'function')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}

/** FNV-1a, 64 bits, over UTF-16 units. Tells definitions apart; it is no guard against someone who wants a collision. */
export const hash64 = (text: string): bigint => {
  let hash = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n)
  }
  return hash
}

export const hashText = (text: string): string => hash64(text).toString(16).padStart(16, '0')

/**
 * A number in [0, 1) that depends on the text alone: for jitter without randomness. Who replays the saga gets the
 * same waits, while sagas that failed together spread out.
 */
export const fractionOf = (text: string): number => {
  // FNV leaves the last characters in the low bits, which is where texts like "saga/1" and "saga/2" differ.
  const mixed = BigInt.asUintN(64, (hash64(text) ^ (hash64(text) >> 33n)) * 0xff51afd7ed558ccdn)
  return Number(mixed >> 11n) / 2 ** 53
}
