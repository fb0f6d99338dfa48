import { z } from 'zod'

/**
 * From the text of an environment variable to its value. Messages complete the sentence "<NAME> is <given>, but must be
 * ...", so that every fault reads alike.
 */

/** Decimal digits only: "12abc", "0x10", "1e3", " 5" and "" are refused, never turned into some number. */
export function wholeNumber(minimum: number, maximum: number): z.ZodType<number, string> {
  const message = `a whole number from ${minimum} to ${maximum}`
  return z
    .string()
    .regex(/^(0|[1-9][0-9]{0,14})$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message)
}

/** 1 ms to a day: what waits longer is a state of its own, not a setting. */
export function waitMs(): z.ZodType<number, string> {
  return wholeNumber(1, 86_400_000)
}

/** A share from 0 to 1, as `0.9`. */
export function share(): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^(0(\.[0-9]{1,9})?|1(\.0{1,9})?)$/, 'a number from 0 to 1, such as 0.9')
    .transform(Number)
}

/** `true` or `false`; "yes", "1" and "TRUE" are refused, because the next reader of the variable may not know them. */
export function trueOrFalse(): z.ZodType<boolean, string> {
  return z.enum(['true', 'false'], 'true or false').transform((text) => text === 'true')
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodType<Values[number], string> {
  return z.enum(values, `one of ${values.join(', ')}`)
}

/** Visible text without blanks: tokens, keys, host names. */
export function visibleText(maxLength: number): z.ZodType<string, string> {
  return z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${maxLength}}$`), `1 to ${maxLength} visible ASCII characters`)
}

/** A path as the file system takes it: blanks and any script are allowed, control characters are a slip. */
export function folderPath(): z.ZodType<string, string> {
  return z.string().regex(/^[^\p{Cc}]{1,4096}$/u, 'a path of 1 to 4096 characters without control characters')
}

/** `shared_buffers=1GB work_mem=16MB`, as an object. */
export function nameValues(): z.ZodType<Readonly<Record<string, string>>, string> {
  const pairs = /^[a-z][a-z0-9_.]*=[\x21-\x7e]+( +[a-z][a-z0-9_.]*=[\x21-\x7e]+)*$/
  return z
    .string()
    .regex(pairs, 'settings such as shared_buffers=1GB, blanks between them')
    .transform((text) => Object.fromEntries(text.split(/ +/).map((pair) => splitOnce(pair, '='))))
}

/** Families and durables that are there without anybody's naming them. */
const TAKEN = [
  'order',
  'payment',
  'inventory',
  'product',
  'dead-letter',
  'dead-letters',
  'command',
  'starts',
  'unrouted',
]

/** `trip,crm`, as a list: families of messages, each named once. */
export function families(): z.ZodType<readonly string[], string> {
  const form = /^$|^[a-z][a-z0-9-]{0,31}(,[a-z][a-z0-9-]{0,31})*$/
  return z
    .string()
    .regex(form, 'names of a-z, 0-9 and -, commas between them, such as trip')
    .transform((text) => text.split(',').filter((name) => name !== ''))
    .refine((names) => names.every((name) => !TAKEN.includes(name)), `other names than ${TAKEN.join(', ')}`)
    .refine((names) => new Set(names).size === names.length, 'each name once')
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && protocols.includes(url.protocol)
}

/** One URL of the given protocols (`postgresql:`), kept as it was written. */
export function urlText(protocols: readonly string[], example: string): z.ZodType<string, string> {
  return z.string().refine((text) => isUrl(text, protocols), `a URL such as ${example}`)
}

/** Several URLs with commas between them, as a cluster has. */
export function urlList(protocols: readonly string[], example: string): z.ZodType<string, string> {
  const message = `a URL such as ${example} (several with commas between them)`
  return z.string().refine((text) => text.split(',').every((part) => isUrl(part.trim(), protocols)), message)
}
