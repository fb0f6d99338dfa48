import { hash } from 'node:crypto'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const DAY_MS = 86_400_000

/** Milliseconds since the epoch that a UUIDv7 carries; undefined for an id of any other form. */
export const timeOf = (id: string): number | undefined =>
  UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined

/**
 * The id of the n-th thing said because of `causeId`: the same cause gives the same ids, so that a handler that runs
 * again after a crash says the same messages, not new ones. Keeps the cause's time bits (zero when it has none), so
 * that everything about one saga lies together in every index and falls into the same inbox partition.
 */
export const derivedId = (causeId: string, ordinal: number, atMs?: number): string => {
  const digest = hash('sha1', `${causeId}/${ordinal}`)
  const time = atMs === undefined ? timeBitsIn(causeId) : timeBitsOf(atMs)
  const variant = '89ab'[Number.parseInt(digest.charAt(3), 16) & 3]
  return `${time}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`
}

/** The first two groups of a UUIDv7. */
const timeBitsOf = (atMs: number): string => {
  const time = atMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}`
}

const TIME_BITS_CHARS = 13
const NO_TIME_BITS = timeBitsOf(0)
const timeBitsIn = (id: string): string => (UUID_V7.test(id) ? id.slice(0, TIME_BITS_CHARS) : NO_TIME_BITS)

/** A new id for whatever starts here: an order, a saga, an event nobody caused. `random` gives at least 19 hex digits. */
export const newId = (nowMs: number, random: string): string => derivedId(random, 0, nowMs)

/** The day of an id's time, for inbox partitions; -1 for ids without one. */
export const dayOf = (id: string): number => {
  const time = timeOf(id)
  return time === undefined ? -1 : Math.floor(time / DAY_MS)
}

/** A digest that nobody can find other content for: what is chained by it shows every later change. */
export const sealOf = (text: string): string => hash('sha256', text, 'hex')

/** The same content gives the same digest; a message id that comes again with another one is not the same message. */
export const digestOf = (text: string): string => hash('sha1', text, 'base64').slice(0, 20)
