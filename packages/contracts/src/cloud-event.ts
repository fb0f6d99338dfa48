/**
 * Messages on the wire: CloudEvents 1.0, structured mode, JSON. `decode` is the edge towards everything that other
 * programs publish: whatever bytes it gets, it answers, and what it lets through can be stored, logged and sent on.
 */
import { attributeFault, isPrintable, isTraceparent, isType } from './attributes.ts'
import { unsafeIn } from './json-safety.ts'

/** A quarter of what the broker takes, so that a message also fits into a dead letter (base64) and a history row. */
export const MAX_MESSAGE_BYTES = 262_144

export interface Message<Data = unknown, Type extends string = string> {
  readonly id: string
  readonly type: Type
  readonly source: string
  /** What it is about: an order id or a sku. */
  readonly subject: string
  /** RFC 3339. Belongs to the message for ever: sent again it keeps its time. */
  readonly time: string
  /** The saga it belongs to; its own id when it names none: it may start one. */
  readonly correlationId: string
  /** Id of the message that caused it; for a reply, of the command. */
  readonly causationId?: string | undefined
  /** W3C Trace Context of whoever said it. */
  readonly traceparent?: string | undefined
  readonly data: Data
}

export type Refusal =
  | 'too-large'
  | 'not-utf8'
  | 'not-json'
  | 'too-deep'
  | 'forbidden-key'
  | 'forbidden-character'
  | 'forbidden-number'
  | 'not-a-cloud-event'
  | 'invalid-attribute'
  | 'reserved-type'

export type Decoded =
  | { readonly ok: true; readonly message: Message }
  | {
      readonly ok: false
      /** Stable, for metrics and rules. */
      readonly reason: Refusal
      /** For a person: what is wrong and what was expected. Never quotes the payload. */
      readonly detail: string
      /** As far as they could be read and are valid by themselves. */
      readonly id?: string
      readonly type?: string
    }

// Of the platform's globals only this one is used; naming it here keeps clocks, timers and randomness out of reach.
declare const TextDecoder: new (encoding: 'utf-8', options: { fatal: true }) => { decode(bytes: Uint8Array): string }

// Fatal: a byte that is not UTF-8 must not become U+FFFD silently, the content would no longer be what was sent.
const utf8 = new TextDecoder('utf-8', { fatal: true })

const refuse = (reason: Refusal, detail: string): Decoded => ({ ok: false, reason, detail })

/** Reads a payload. Never throws and never reads more than 256 KiB. The data is not checked yet: see `parseData`. */
export const decode = (payload: Uint8Array): Decoded => {
  if (payload.byteLength > MAX_MESSAGE_BYTES) {
    return refuse('too-large', `${payload.byteLength} bytes; a message has at most ${MAX_MESSAGE_BYTES}`)
  }
  let text: string
  try {
    text = utf8.decode(payload)
  } catch {
    return refuse('not-utf8', 'the payload is not valid UTF-8')
  }
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch (error) {
    return refuse('not-json', `the payload is not JSON${placeOf(error)}`)
  }
  if (!isRecord(event)) return refuse('not-a-cloud-event', 'expected a JSON object: a CloudEvent in structured mode')
  const fault = unsafeIn(event, text) ?? attributeFault(event)
  return fault ? { ok: false, ...fault, ...knownOf(event) } : { ok: true, message: messageOf(event) }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The parser's own words quote the payload, which may hold anything; only the position is taken from them. */
const placeOf = (error: unknown): string => {
  const place = error instanceof Error ? /position \d+/.exec(error.message) : undefined
  return place ? ` at ${place[0]}` : ''
}

const knownOf = ({ id, type }: Readonly<Record<string, unknown>>): { id?: string; type?: string } => ({
  ...(isPrintable(id) ? { id } : {}),
  ...(isType(type) ? { type } : {}),
})

/** Of attributes that were checked. */
const messageOf = (event: Readonly<Record<string, unknown>>): Message => {
  const id = event['id'] as string
  const { causationid, traceparent } = event
  return {
    id,
    type: event['type'] as string,
    source: event['source'] as string,
    subject: event['subject'] as string,
    time: event['time'] as string,
    correlationId: (event['correlationid'] as string | null | undefined) ?? id,
    ...(typeof causationid === 'string' ? { causationId: causationid } : {}),
    // A malformed trace is no reason to lose a message: as W3C asks, the trace starts anew.
    ...(isTraceparent(traceparent) ? { traceparent } : {}),
    data: event['data'],
  }
}

/** Bytes of a text in UTF-8. */
const utf8Bytes = (text: string): number => {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    // Half a surrogate pair counts two here: the pair makes the four bytes that it is.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** Throws a RangeError for a message above 256 KiB, which no reader would take. Equal messages give equal texts. */
export const encode = (message: Message): string => {
  const text = JSON.stringify({
    specversion: '1.0',
    id: message.id,
    source: message.source,
    type: message.type,
    subject: message.subject,
    time: message.time,
    datacontenttype: 'application/json',
    correlationid: message.correlationId,
    causationid: message.causationId,
    traceparent: message.traceparent,
    data: message.data,
  })
  // A UTF-16 unit is at most three bytes, so short texts, nearly all, need no count.
  if (text.length * 3 > MAX_MESSAGE_BYTES && utf8Bytes(text) > MAX_MESSAGE_BYTES) {
    throw new RangeError(
      `${message.type} ${message.id} has more than ${MAX_MESSAGE_BYTES} bytes: say less, or refer to it`,
    )
  }
  return text
}
