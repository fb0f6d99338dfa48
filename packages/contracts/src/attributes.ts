/** The rules of a CloudEvent's attributes, written by hand: they run for every message, before anything is known of it. */
import { COMMAND_PREFIX, RESERVED_PREFIX, TYPE_MAX_CHARS, TYPE_PATTERN } from './contract.ts'

export const MAX_ATTRIBUTE_CHARS = 255

const ASCII = /^[\x20-\x7e]{1,255}$/
/** No control characters, half surrogate pairs or noncharacters; counts code points. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]{1,255}$/u

export const isPrintable = (value: unknown): value is string =>
  typeof value === 'string' && (ASCII.test(value) || PRINTABLE.test(value))

const TIME =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const LONGEST_TIME_CHARS = 35

/** Days in the months of a common year; only the 29th to 31st need a look. */
const daysOf = (year: number, month: number): number => {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** RFC 3339, years 1 to 9999, a day that exists. No leap second: neither JavaScript nor an index can order it. */
export const isTime = (value: unknown): value is string => {
  if (typeof value !== 'string' || value.length > LONGEST_TIME_CHARS) return false
  const day = TIME.exec(value)?.[1]
  if (day === undefined) return false
  return day < '29' || Number(day) <= daysOf(Number(value.slice(0, 4)), Number(value.slice(5, 7)))
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/
/** W3C Trace Context. */
export const isTraceparent = (value: unknown): value is string => typeof value === 'string' && TRACEPARENT.test(value)

const JSON_CONTENT = /^application\/json[ \t]*(?:;|$)/i

/** The attribute is not there; CloudEvents say the same of null. */
const absent = (value: unknown): boolean => value === undefined || value === null

export interface AttributeFault {
  readonly reason: 'not-a-cloud-event' | 'invalid-attribute' | 'reserved-type'
  readonly detail: string
}

const invalid = (detail: string): AttributeFault => ({ reason: 'invalid-attribute', detail })

export const isType = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= TYPE_MAX_CHARS && TYPE_PATTERN.test(value)

const typeFault = (type: unknown): AttributeFault | undefined => {
  if (typeof type === 'string' && type.startsWith(RESERVED_PREFIX)) {
    return { reason: 'reserved-type', detail: `types that start with "${RESERVED_PREFIX}" are the state machine's own` }
  }
  if (typeof type === 'string' && type.startsWith(COMMAND_PREFIX)) {
    return invalid(`type: leave "${COMMAND_PREFIX}" out, it belongs to the broker's subject only`)
  }
  return isType(type) ? undefined : invalid('type: expected family.name.vN in lower case, such as order.created.v1')
}

const PRINTABLE_RULE = `expected 1 to ${MAX_ATTRIBUTE_CHARS} printable characters`

/** What is wrong with the attributes; the first fault. Extension attributes that nobody here knows are no fault. */
export const attributeFault = (event: Readonly<Record<string, unknown>>): AttributeFault | undefined => {
  if (event['specversion'] !== '1.0') {
    return { reason: 'not-a-cloud-event', detail: 'specversion: expected "1.0"; a message is a CloudEvent as JSON' }
  }
  if (!isPrintable(event['id'])) return invalid(`id: ${PRINTABLE_RULE}`)
  const fault = typeFault(event['type'])
  if (fault) return fault
  if (!isPrintable(event['source'])) return invalid(`source: ${PRINTABLE_RULE}`)
  if (!isPrintable(event['subject'])) return invalid(`subject: ${PRINTABLE_RULE}, the order id or sku it is about`)
  if (!isTime(event['time'])) return invalid('time: expected RFC 3339, such as 2030-01-31T12:00:00Z')
  return extensionFault(event)
}

const extensionFault = (event: Readonly<Record<string, unknown>>): AttributeFault | undefined => {
  for (const name of ['correlationid', 'causationid']) {
    if (!absent(event[name]) && !isPrintable(event[name])) return invalid(`${name}: ${PRINTABLE_RULE}, or leave it out`)
  }
  const content = event['datacontenttype']
  if (!absent(content) && !(typeof content === 'string' && JSON_CONTENT.test(content))) {
    return invalid('datacontenttype: expected application/json')
  }
  return absent(event['data_base64']) ? undefined : invalid('data_base64: not supported, put JSON in data')
}
