/**
 * What may leave the process in a log line, a health detail or a printed configuration.
 *
 * Two nets, because each has holes: names (a key that says what it holds) and shapes (a URL with credentials inside any
 * text, such as the message of a driver's error).
 */

const REDACTED = '[redacted]'

/** Keys whose values never leave, at any depth. Compared without case, `-` and `_`: `payment_method` is `paymentMethod`. */
const secretKey =
  /^(authorization|proxyauthorization|cookie|setcookie|password|passwd|passphrase|secret|clientsecret|token|accesstoken|refreshtoken|operatortoken|bearer|apikey|stripeapikey|privatekey|credentials|creds|paymentmethod)$/

/** Every level costs a copy of the object; what people log on purpose is not deeper than this. */
const maxDepth = 8
/** Stops one log call with a whole batch in it from becoming megabytes. */
const maxItems = 100

/** Of a longer text the head is kept: a log line is for reading, and the patterns below take time with the length. */
const maxTextLength = 8192

/**
 * `//user:password@host` in any text, however the text came about; the host stays, it is what a person needs. Up to the
 * last `@`, since people forget to encode one in a password. A user alone is masked as well: for NATS it is a token.
 */
const credentials = /\/\/[^\s"',]*@/g
/** `?password=...` and its kin, as drivers print them. */
const secretParameter = /([?&;\s](?:password|passwd|sslpassword|token|secret|api_?key)=)[^&;\s"']*/gi
/** Written as they are by JSON, and taken for line breaks or terminal commands by some log viewers. */
const unprintable = /[\u007f-\u009f\u2028\u2029]/g

/** The text with credentials masked and without characters that a log viewer could obey. */
export function redactText(text: string): string {
  let safe = text.length > maxTextLength ? `${text.slice(0, maxTextLength)}...` : text
  if (safe.includes('@')) safe = safe.replace(credentials, '//***@')
  if (safe.includes('=')) safe = safe.replace(secretParameter, '$1***')
  return safe.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** True for a key whose value must not leave the process. */
export function isSecretKey(key: string): boolean {
  return secretKey.test(key.replaceAll(/[-_]/g, '').toLowerCase())
}

function redactError(error: Error, depth: number): object {
  return {
    ...redactEntries(error, depth),
    type: error.name,
    message: redactText(error.message),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
  }
}

function redactEntries(object: object, depth: number): Record<string, unknown> {
  const entries: [string, unknown][] = []
  for (const [key, value] of Object.entries(object)) {
    if (entries.length === maxItems) break
    entries.push([redactText(key), isSecretKey(key) ? REDACTED : redactValue(value, depth + 1)])
  }
  return Object.fromEntries(entries)
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  // Also what ends a cycle.
  if (depth > maxDepth) return '[too deep]'
  if (value instanceof Date) return value
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.slice(0, maxItems).map((item) => redactValue(item, depth + 1))
  if (value instanceof Map || value instanceof Set) return redactValue([...value], depth)
  return redactEntries(value, depth)
}

/** A copy of `fields` that is safe to print: secrets replaced, credentials masked, at most 8 levels and 100 items a level. */
export function redactFields(fields: object): Record<string, unknown> {
  return fields instanceof Error ? { err: redactError(fields, 0) } : redactEntries(fields, 0)
}
