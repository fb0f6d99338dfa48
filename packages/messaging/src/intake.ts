import type { Input } from './batch.ts'
import type { Delivery } from './bus.ts'
import { contentDigest, type DeadLetter, deadLetterOf, letterIdOf } from './dead-letters.ts'
import { repeatOf } from './envelope.ts'
import type { Handler } from './handle.ts'
import { derivedId, digestOf } from './ids.ts'
import type { Codec, Message } from './message.ts'
import { redrivenOf } from './redrive.ts'

/** Checks the data of a message against its type's schema, and that they are about the message's subject. */
export type Check = (
  type: string,
  data: unknown,
  subject: string,
) => { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly detail: string }

/**
 * Tries of `decide` before its exception becomes a dead letter. More hide a bug for longer behind redeliveries, fewer
 * give up on what a concurrent change of rows would have cured.
 */
const MAX_TRIES = 5

/** Turns a delivery into an input. Whatever cannot be handled becomes an input too, one that is only good for a dead letter. */
export const intake = (
  delivery: Delivery,
  codec: Codec,
  check: Check,
  handlers: ReadonlyMap<string, Handler>,
  nowMs: number,
): Input => {
  const decoded = codec.decode(delivery.payload)
  if (!decoded.ok) {
    return unreadable(delivery, nowMs, decoded.reason, decoded.detail, decoded)
  }
  const { message } = decoded
  const handler = handlers.get(message.type)
  if (!handler) {
    const detail = `nothing here handles ${message.type}; known types: ${[...handlers.keys()].join(', ')}`
    return unreadable(delivery, nowMs, 'unknown-type', detail, message)
  }
  if (codec.wireOf(message.type) !== delivery.subject) {
    const detail = `type ${message.type} belongs on subject ${codec.wireOf(message.type)}, it came on ${delivery.subject}`
    return unreadable(delivery, nowMs, 'wrong-subject', detail, message)
  }
  const checked = check(message.type, message.data, message.subject)
  if (!checked.ok) return unreadable(delivery, nowMs, 'invalid-data', checked.detail, message)
  const repeat = repeatOf(message.id, delivery.msgId)
  const redriven = redrivenOf(delivery.msgId)
  return {
    handler,
    message: { ...message, data: checked.data },
    digest: contentDigest(message),
    repeat,
    cameBefore: repeat > 0 || delivery.deliveries > 1 || redriven !== undefined,
    letter: letterOf(delivery, message, nowMs),
    earlierLetter: earlierLetterOf(delivery, message),
    redriven,
    lastTry: delivery.deliveries >= MAX_TRIES,
  }
}

/** What is known of a message that did not become an input of its handler. */
type Known = { readonly [Field in keyof Message]?: Message[Field] | undefined }

const unreadable = (delivery: Delivery, nowMs: number, reason: string, detail: string, known: Known): Input => ({
  handler: { type: 'unreadable', rows: () => [], decide: () => ({ refuse: { reason, detail } }) },
  message: {
    id: known.id ?? '',
    type: known.type ?? 'unknown',
    source: '',
    subject: delivery.subject,
    time: '',
    correlationId: '',
    data: null,
  },
  digest: undefined,
  repeat: 0,
  cameBefore: true,
  letter: letterOf(delivery, known, nowMs),
  earlierLetter: earlierLetterOf(delivery, known),
  redriven: redrivenOf(delivery.msgId),
  lastTry: true,
})

const letterOf =
  (delivery: Delivery, known: Known, nowMs: number) =>
  (reason: string, detail: string): DeadLetter => {
    const { durable, subject, payload } = delivery
    const letterId = letterIdIn(delivery, known)
    const unhandled = { letterId, durable, subject, payload, messageId: known.id, type: known.type }
    return deadLetterOf({ ...unhandled, receivedAtMs: nowMs }, reason, detail)
  }

/** Only what could be read whole says which message it is; any other is known by its place in the stream. */
const letterIdIn = ({ durable, sequence, subject, payload }: Delivery, known: Known): string =>
  isMessage(known)
    ? letterIdOf(subject, known.id, contentDigest(known))
    : derivedId(`${durable}/${sequence}/${digestOf(Buffer.from(payload).toString('base64'))}`, 0)

const isMessage = (known: Known): known is Message => known.correlationId !== undefined

const earlierLetterOf = (delivery: Delivery, known: Known): string | undefined =>
  known.id !== undefined && repeatOf(known.id, delivery.msgId) > 0 ? letterIdIn(delivery, known) : undefined
