import type { Input } from './batch.ts'
import type { Delivery } from './bus.ts'
import type { DeadLetter } from './dead-letters.ts'
import { repeatOf } from './envelope.ts'
import type { Handler } from './handle.ts'
import { derivedId, digestOf } from './ids.ts'
import type { Codec, Message } from './message.ts'

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
  return {
    handler,
    message: { ...message, data: checked.data },
    digest: contentDigest(message),
    repeat: repeatOf(message.id, delivery.msgId),
    letter: letterOf(delivery, message, nowMs),
    lastTry: delivery.deliveries >= MAX_TRIES,
  }
}

/** A message that is sent again is equal in these; time and tracing may differ between programs that repeat themselves. */
const contentDigest = ({ type, subject, correlationId, causationId, data }: Message): string =>
  digestOf(JSON.stringify([type, subject, correlationId, causationId, data]))

const unreadable = (
  delivery: Delivery,
  nowMs: number,
  reason: string,
  detail: string,
  known: { readonly id?: string | undefined; readonly type?: string | undefined },
): Input => ({
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
  letter: letterOf(delivery, known, nowMs),
  lastTry: true,
})

/** The same delivery makes the same dead letter whenever it comes, so a crash between commit and ack does not store it twice. */
const letterOf =
  (
    delivery: Delivery,
    known: { readonly id?: string | undefined; readonly type?: string | undefined },
    nowMs: number,
  ) =>
  (reason: string, detail: string): DeadLetter => {
    const payload = Buffer.from(delivery.payload).toString('base64')
    return {
      id: derivedId(`${delivery.durable}/${delivery.sequence}/${digestOf(payload)}`, 0),
      durable: delivery.durable,
      subject: storable(delivery.subject, MAX_SUBJECT_CHARS),
      message_id: known.id === undefined ? null : storable(known.id, MAX_NAME_CHARS),
      type: known.type === undefined ? null : storable(known.type, MAX_NAME_CHARS),
      reason,
      detail: storable(detail, MAX_DETAIL_CHARS),
      payload,
      received_at: nowMs,
      status: 'OPEN',
    }
  }

/** The broker takes no longer line than this, and the subject is part of it. */
const MAX_SUBJECT_CHARS = 4_096
const MAX_NAME_CHARS = 255
const MAX_DETAIL_CHARS = 2_000

/** Text that PostgreSQL takes: a hostile id or subject must not make its own dead letter fail, again and again. */
const storable = (text: string, maxChars: number): string =>
  text.slice(0, maxChars).replaceAll('\u0000', '\ufffd').toWellFormed()
