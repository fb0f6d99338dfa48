import { derivedId, digestOf } from './ids.ts'
import type { Message } from './message.ts'
import type { Redriven } from './redrive.ts'
import { type Table, table } from './rows.ts'

/** A message that can never be handled, kept with the reason until a person redrives or discards it. */
export interface DeadLetter {
  readonly id: string
  /** Empty when the message was held, and refused only when it was to be used. */
  readonly durable: string
  readonly subject: string
  readonly message_id: string | null
  readonly type: string | null
  readonly reason: string
  readonly detail: string
  /** base64 of the bytes as they came. */
  readonly payload: string
  readonly received_at: number
  readonly status: 'OPEN' | 'REDRIVEN' | 'DISCARDED'
  /** Redrives after which it was refused once more, the newest last: at most `MAX_REDRIVES`. */
  readonly redrives: readonly string[]
}

/** Only the newest is asked for; a few more, since a message of an earlier one may still come again. */
const MAX_REDRIVES = 20

/** The kind of the task that reports a dead letter to whoever lists them all; its body is made as the letter's id. */
export const REPORT_DEAD_LETTER = 'report-dead-letter'

export const deadLetters: Table<DeadLetter> = table<DeadLetter>({
  name: 'dead_letter',
  key: 'id',
  columns: {
    id: 'text',
    durable: 'text',
    subject: 'text',
    message_id: 'text',
    type: 'text',
    reason: 'text',
    detail: 'text',
    payload: 'text',
    received_at: 'time',
    status: 'text',
    redrives: 'json',
  },
  // Its message may be handed out again long after a person has dealt with it.
  blind: 'keep',
})

/** A message that is sent again is equal in these; time and tracing may differ between programs that repeat themselves. */
export const contentDigest = ({ type, subject, correlationId, causationId, data }: Message): string =>
  digestOf(JSON.stringify([type, subject, correlationId, causationId, data]))

/**
 * One message is one dead letter: handed out again after a crash, asked again as a repeat, or held and refused later.
 * `subject` is the broker's: on another one the same message is another fault.
 */
export const letterIdOf = (subject: string, messageId: string, digest: string): string =>
  derivedId(`${subject}/${messageId}/${digest}`, 0)

/** What is known of a message that cannot be handled, which may be next to nothing. */
export interface Unhandled {
  readonly letterId: string
  readonly durable: string
  readonly subject: string
  readonly payload: Uint8Array
  readonly messageId: string | undefined
  readonly type: string | undefined
  readonly receivedAtMs: number
}

export const deadLetterOf = (unhandled: Unhandled, reason: string, detail: string): DeadLetter => ({
  id: unhandled.letterId,
  durable: unhandled.durable,
  subject: storable(unhandled.subject, MAX_SUBJECT_CHARS),
  message_id: unhandled.messageId === undefined ? null : storable(unhandled.messageId, MAX_NAME_CHARS),
  type: unhandled.type === undefined ? null : storable(unhandled.type, MAX_NAME_CHARS),
  reason,
  detail: storable(detail, MAX_DETAIL_CHARS),
  payload: Buffer.from(unhandled.payload).toString('base64'),
  received_at: unhandled.receivedAtMs,
  status: 'OPEN',
  redrives: [],
})

/** The broker takes no longer line than this, and the subject is part of it. */
const MAX_SUBJECT_CHARS = 4_096
const MAX_NAME_CHARS = 255
const MAX_DETAIL_CHARS = 2_000

/** Text that PostgreSQL takes: a hostile id or subject must not make its own dead letter fail, again and again. */
const storable = (text: string, maxChars: number): string =>
  text.slice(0, maxChars).replaceAll('\u0000', '\ufffd').toWellFormed()

/** The letter after a redrive of it was refused; undefined when that is known. */
export const refusedAgain = (
  letter: DeadLetter,
  { redriveId }: Redriven,
  refused: DeadLetter,
): DeadLetter | undefined =>
  letter.redrives.includes(redriveId)
    ? undefined
    : { ...refused, id: letter.id, redrives: [...letter.redrives, redriveId].slice(-MAX_REDRIVES) }
