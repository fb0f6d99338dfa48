import type { Publication } from './bus.ts'
import { derivedId } from './ids.ts'
import type { Codec, Message, Said } from './message.ts'

/** What it takes to make a message of what was said: the same cause, ordinal and time make the same message again. */
export interface Envelope {
  readonly source: string
  readonly cause: Message
  /** When the cause was handled: the time of everything said because of it. */
  readonly handledAtMs: number
}

export const envelop = ({ source, cause, handledAtMs }: Envelope, said: Said, ordinal: number): Message => ({
  id: derivedId(cause.id, ordinal),
  type: said.type,
  source,
  subject: said.subject,
  time: new Date(handledAtMs).toISOString(),
  correlationId: cause.correlationId,
  causationId: cause.id,
  traceparent: cause.traceparent,
  data: said.data,
})

/** Nats-Msg-Id of the n-th repeat of a message; the broker would swallow a repeat under the plain id. */
const msgIdOf = (id: string, repeat: number): string => (repeat === 0 ? id : `${id}:${repeat}`)

/** A message as it is published. Throws when it is too large to be said. */
export const publicationOf = (message: Message, repeat: number, codec: Codec): Publication => ({
  subject: codec.wireOf(message.type),
  msgId: msgIdOf(message.id, repeat),
  payload: codec.encode(message),
})

/** Which repeat a delivery is: `id:n` is the n-th, anything else the first. An id may hold colons itself. */
export const repeatOf = (id: string, msgId: string | undefined): number => {
  if (msgId === undefined || !msgId.startsWith(`${id}:`)) return 0
  const repeat = Number(msgId.slice(id.length + 1))
  return Number.isSafeInteger(repeat) && repeat > 0 ? repeat : 0
}
