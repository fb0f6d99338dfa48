/**
 * The values that messages and HTTP bodies are made of. All are strict: nothing is coerced, trimmed or defaulted, and
 * an object with a field it does not know is refused. Readers of messages forgive unknown fields, see reading.ts.
 */
import { z } from 'zod'

/** Bounds that other packages check against too (columns, routes, generated documents). */
export const limits = {
  idMaxChars: 64,
  nameMaxChars: 200,
  reasonMaxChars: 500,
  tokenMaxChars: 128,
  referenceMaxChars: 255,
  subjectMaxChars: 1_024,
  quantityMax: 1_000_000,
  linesMax: 100,
  /** Products in one page of the catalogue: what one command makes a participant say is bounded. */
  announcePageMax: 500,
} as const

/**
 * Characters a text may not hold: control characters (PostgreSQL cannot store NUL, terminals and logs obey the others)
 * and lone surrogates (they have no UTF-8 form, PostgreSQL replaces them silently).
 */
const NOT_TEXT = '\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff'

/** A pattern, not `.max()`: with the u flag it counts code points, as JSON Schema does, not UTF-16 units. */
const text = (maxChars: number) => {
  const error = `expected 1 to ${maxChars} characters without control characters`
  return z.string({ error }).regex(new RegExp(`^[^${NOT_TEXT}]{1,${maxChars}}$`, 'u'), { error })
}

const token = (maxChars: number) => {
  const error = `expected 1 to ${maxChars} characters of A-Z a-z 0-9 . _ : -`
  return z.string({ error }).regex(new RegExp(`^[A-Za-z0-9._:-]{1,${maxChars}}$`), { error })
}

const integer = (min: number, max: number) => {
  const error = `expected integer ${min}..${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** Order, saga and customer ids. */
export const id = token(limits.idMaxChars)
export const sku = token(limits.idMaxChars)
/** A product's name, or what an operator is shown as the name of an effect. */
export const name = text(limits.nameMaxChars)
/** Free text for people: why something was refused, cancelled or given up. */
export const reason = text(limits.reasonMaxChars)
/** The gateway's token of a means of payment; never a card number. */
export const paymentMethod = token(limits.tokenMaxChars)
/** The gateway's own name of a charge. */
export const gatewayReference = z
  .string({ error: 'expected 1 to 255 visible ASCII characters' })
  .regex(/^[\x21-\x7e]{1,255}$/, { error: 'expected 1 to 255 visible ASCII characters' })

/** What somebody else wrote, as it is shown. */
export const reference = text(limits.referenceMaxChars)
export const subjectText = text(limits.subjectMaxChars)

export const quantity = integer(1, limits.quantityMax)
/** How many there are, none included. */
export const count = integer(0, Number.MAX_SAFE_INTEGER)
/** Counts the changes of one thing, from 1. */
export const version = integer(1, Number.MAX_SAFE_INTEGER)

const CURRENCY = 'expected three capital letters, such as EUR'
export const currency = z.string({ error: CURRENCY }).regex(/^[A-Z]{3}$/, { error: CURRENCY })
/** Integers, so that no sum is ever rounded. */
export const money = z.strictObject({ amount: count.describe('Minor units, such as cents.'), currency })

/** 1 to 100 of something: the lines of an order. */
export const lines = <Line extends z.ZodType>(line: Line) => {
  const error = `expected 1 to ${limits.linesMax} items`
  return z.array(line, { error }).min(1, { error }).max(limits.linesMax, { error })
}
/** A line as a client writes it: the price comes from the catalogue. */
export const line = z.strictObject({ sku, quantity })
export const pricedLine = z.strictObject({ sku, quantity, price: money })

/** A wait for people, up to a week. */
export const seconds = integer(1, 604_800)

/** 1 to 500: how many products one page of the catalogue may hold. */
export const pageLimit = integer(1, limits.announcePageMax)
export const pageCount = integer(0, limits.announcePageMax)

const everyNotText = new RegExp(`[${NOT_TEXT}]`, 'gu')

/**
 * Makes any text fit to be said: characters that are not allowed become spaces, what is too long is cut with an
 * ellipsis, nothing at all becomes `unknown`. For texts of others, such as a gateway's error or a hostile id.
 */
export const toText = (anyText: string, maxChars: number): string => {
  const clean = anyText.replace(everyNotText, ' ').trim()
  if (clean.length <= maxChars) return clean === '' ? 'unknown' : clean
  const characters = Array.from(clean)
  if (characters.length <= maxChars) return clean
  return `${characters.slice(0, maxChars - 1).join('')}…`
}

/** Any text as a `reason`. */
export const toReason = (anyText: string): string => toText(anyText, limits.reasonMaxChars)
