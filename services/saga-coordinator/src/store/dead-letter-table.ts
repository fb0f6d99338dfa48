import { type Table, table } from '@skald/messaging'

/** A dead letter of any service, as it was reported. */
export interface ReportedDeadLetter {
  readonly id: string
  readonly service: string
  readonly subject: string
  readonly message_id: string | null
  readonly type: string | null
  readonly reason: string
  readonly detail: string
  readonly payload: string
  readonly truncated: boolean
  readonly received_at: number
  readonly status: LetterStatus
  /** How often it was refused, the first time included. */
  readonly refusals: number
  /** Of the last redrive: the id of the request. */
  readonly redrive_id: string | null
  /** A redrive is asked for that the broker does not have yet. */
  readonly sending: boolean
}

export type LetterStatus = 'OPEN' | 'REDRIVEN' | 'DISCARDED'

export const reportedDeadLetters: Table<ReportedDeadLetter> = table<ReportedDeadLetter>({
  name: 'reported_dead_letter',
  key: 'id',
  columns: {
    id: 'text',
    service: 'text',
    subject: 'text',
    message_id: 'text',
    type: 'text',
    reason: 'text',
    detail: 'text',
    payload: 'text',
    truncated: 'boolean',
    received_at: 'time',
    status: 'text',
    refusals: 'integer',
    redrive_id: 'text',
    sending: 'boolean',
  },
})
