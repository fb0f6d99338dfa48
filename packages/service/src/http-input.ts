import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest, preValidationHookHandler } from 'fastify'
import { z } from 'zod'
import { type FieldFault, Problem } from './problem.ts'

/**
 * Everything that comes in over HTTP passes here before a route sees it. Two layers: what no field may ever hold
 * (`findHostile`, whatever the schema says), then the route's schema, which names the fields that exist.
 */

/** A body is read whole into memory; the largest order (100 lines) is below 16 KiB. */
export const maxBodyBytes = 64 * 1024
/** Deeper than any schema here; bounds recursion over what a stranger sends. */
const maxJsonDepth = 32
/** Enough to mend a form; not enough to make a large answer out of a small request. */
const maxFaultsShown = 20
const maxFieldNameShown = 100

/** Control characters (NUL ends texts in C programs and is refused by PostgreSQL) and halves of surrogate pairs, which are no text. */
const unstorableText = /[\p{Cc}\p{Cs}]/u

function hostileText(text: string): string | undefined {
  return unstorableText.test(text) ? 'must not hold control characters or unpaired surrogates' : undefined
}

function hostileScalar(value: unknown): string | undefined {
  if (typeof value === 'string') return hostileText(value)
  if (typeof value !== 'number') return undefined
  if (!Number.isFinite(value)) return 'must be a finite number'
  // 9007199254740993 arrives as ...992: the sender's number is already lost.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'must be an integer within ±(2^53-1)'
  return undefined
}

/** The first value that no field may hold, or undefined. */
export function findHostile(value: unknown, field = '', depth = 0): FieldFault | undefined {
  if (typeof value !== 'object' || value === null) {
    const message = hostileScalar(value)
    return message === undefined ? undefined : { field, message }
  }
  if (depth === maxJsonDepth) return { field, message: `must not be nested deeper than ${maxJsonDepth} levels` }
  for (const [key, item] of Object.entries(value)) {
    const message = Array.isArray(value) ? undefined : hostileText(key)
    const path = Array.isArray(value) ? `${field}[${key}]` : joined(field, key)
    const fault = message === undefined ? findHostile(item, path, depth + 1) : { field, message: `a key ${message}` }
    if (fault !== undefined) return fault
  }
  return undefined
}

function joined(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`
}

/** Names are a stranger's text: shortened, and without what a terminal could obey. */
function shownField(field: string): string {
  const name = field === '' ? 'body' : field.replaceAll(/[\p{Cc}\p{Cs}]/gu, '?')
  return name.length > maxFieldNameShown ? `${name.slice(0, maxFieldNameShown)}...` : name
}

function fieldOf(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (field, step) => (typeof step === 'number' ? `${field}[${step}]` : joined(field, String(step))),
    root,
  )
}

function faultsOf(issue: z.core.$ZodIssue, root: string): FieldFault[] {
  const field = fieldOf(root, issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: joined(field, key), message: 'is not a known field' }))
  }
  return [{ field, message: messageOf(issue) }]
}

/** Schemas with words of their own keep them; zod's for a value of another type name what JavaScript calls it. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) return issue.message
  return /received (undefined|null)$/.test(issue.message)
    ? `is needed: ${issue.expected}`
    : `expected ${issue.expected}`
}

/** The answer to a request with these faults. */
export function invalidRequest(faults: readonly FieldFault[]): Problem {
  const errors = faults.slice(0, maxFaultsShown).map(({ field, message }) => ({ field: shownField(field), message }))
  const more = faults.length > errors.length ? ` The first ${errors.length} of ${faults.length} are named.` : ''
  const detail = `${faults.length === 1 ? 'One field is' : `${faults.length} fields are`} wrong: see errors.${more}`
  return new Problem('invalid-request', { detail, errors })
}

/** Where a field of this part of the request is said to be; a body's fields stand without a prefix. */
const rootOfPart: Readonly<Record<string, string>> = {
  body: '',
  querystring: 'query',
  params: 'path',
  headers: 'header',
}

/** Names every object of the schema that would let unknown fields through. */
function looseObjects(schema: z.core.JSONSchema._JSONSchema, path: string): string[] {
  if (typeof schema === 'boolean') return []
  const { properties = {}, items = [], anyOf = [], oneOf = [], allOf = [] } = schema
  const isLoose = schema.properties !== undefined && schema.additionalProperties !== false
  return [
    ...(isLoose ? [path === '' ? 'the root' : path] : []),
    ...Object.entries(properties).flatMap(([key, child]) => looseObjects(child, joined(path, key))),
    ...[items].flat().flatMap((child) => looseObjects(child, `${path}[]`)),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((child) => looseObjects(child, path)),
  ]
}

interface RouteSchema {
  readonly schema: z.core.$ZodType
  readonly method?: string
  readonly url?: string
  readonly httpPart?: string
}

/**
 * Fastify's validator compiler: zod, behind the check for hostile values. A body or query whose schema would drop unknown
 * fields in silence does not start.
 */
export function compileValidator({ schema, httpPart = 'body' }: RouteSchema) {
  if (httpPart === 'body' || httpPart === 'querystring') {
    const loose = looseObjects(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '')
    if (loose.length > 0) throw new Error(`use z.strictObject: ${loose.join(', ')} would ignore unknown fields`)
  }
  const root = rootOfPart[httpPart] ?? httpPart
  // Node refuses control characters in headers itself, and most of them are none of our fields.
  const checksValues = httpPart !== 'headers'
  return (data: unknown): { value: unknown } | { error: Problem } => {
    const hostile = checksValues ? findHostile(data, root) : undefined
    if (hostile !== undefined) return { error: invalidRequest([hostile]) }
    const result = z.core.safeParse(schema, data)
    if (result.success) return { value: result.data }
    return { error: invalidRequest(result.error.issues.flatMap((issue) => faultsOf(issue, root))) }
  }
}

/** Nothing, or an object that says nothing: some clients send one with every POST. */
const noBody = compileValidator({ schema: z.strictObject({}).optional(), httpPart: 'body' })
/** Methods whose bodies are read. */
const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * A route without a schema for a body takes none. It would drop in silence what a caller believes to have said: the
 * reason of a cancel, a condition.
 */
export function refuseUnaskedBodies(http: FastifyInstance): void {
  http.addHook('onRoute', (route) => {
    const takesBodies = [route.method].flat().some((method) => withBody.has(method))
    if (!takesBodies || route.schema?.body !== undefined) return
    const refuse: preValidationHookHandler = ({ body }, _reply, done) => {
      const result = noBody(body)
      if ('error' in result) done(result.error)
      else done()
    }
    route.preValidation = [refuse, route.preValidation ?? []].flat()
  })
}

type BodyDone = (error: Error | null, body?: unknown) => void

/**
 * The only body that is taken: JSON in UTF-8. Bytes that are not UTF-8 are refused, since decoding would replace them in
 * silence; keys that reach a prototype are refused by Fastify's own parser.
 */
export function acceptJsonOnly(http: FastifyInstance): void {
  const parseJson = http.getDefaultJsonParser('error', 'error')
  http.removeAllContentTypeParsers()
  http.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: BodyDone) => {
      const encoding = request.headers['content-encoding']
      if (encoding !== undefined && encoding !== 'identity') {
        const detail = 'Bodies are taken without content-encoding.'
        return done(new Problem('unsupported-media-type', { detail }))
      }
      // A POST without a body is common where none is needed; the schema says where one is.
      if (body.length === 0) return done(null, undefined)
      if (!isUtf8(body)) return done(new Problem('malformed-json', { detail: 'The body is not UTF-8.' }))
      const text = body.toString('utf8')
      return parseJson(request, text, (error, parsed) => done(error === null ? null : malformedJson(text), parsed))
    },
  )
  // A POST without a body is said in many ways, such as curl's -d ''; only content is of some type.
  http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer, done: BodyDone) => {
    const detail = 'Send the body as content-type: application/json.'
    if (body.length === 0) done(null, undefined)
    else done(new Problem('unsupported-media-type', { detail }))
  })
}

/** The place of a fault, in the parser's words: those that quote the body are left out. */
const faultPlace = /line \d+ column \d+|end of JSON input/

/** What is wrong with a text that the parser refused. */
function malformedJson(text: string): Problem {
  try {
    JSON.parse(text)
  } catch (error) {
    const place = faultPlace.exec(error instanceof Error ? error.message : '')?.[0]
    const where = place === undefined ? '' : place.startsWith('line') ? `: see ${place}` : ': it ends too early'
    return new Problem('malformed-json', { detail: `The body does not parse as JSON${where}.` })
  }
  const detail = 'The body has a key that would change the prototype of objects: __proto__ or constructor.prototype.'
  return new Problem('malformed-json', { detail })
}
