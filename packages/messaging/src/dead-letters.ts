import { type Table, table } from './rows.ts'

/** A message that can never be handled, kept with the reason until a person redrives or discards it. */
export interface DeadLetter {
  readonly id: string
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
}

/** The kind of the task that reports a dead letter to whoever lists them all; its body is the letter's id. */
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
  },
  // Its message may be handed out again long after a person has dealt with it.
  blind: 'keep',
})
