import type { DataOf, deadLetterReported } from '@skald/contracts'
import { type Handler, tasks } from '@skald/messaging'
import { type ReportedDeadLetter, reportedDeadLetters } from '../store/dead-letter-table.ts'
import { isAwaited, redriveTaskId } from './redriving.ts'

type Reported = DataOf<typeof deadLetterReported>

/**
 * Lists what any service reports as a dead letter. Reports are repeated; the letter's own id keeps one. A report that names
 * the letter's last redrive tells that it was refused once more: it is open again, whatever was said of it in between.
 */
export const listDeadLetter: Handler<Reported> = {
  type: 'dead-letter.reported.v1',
  rows: ({ data }) => [{ table: reportedDeadLetters, key: data.id }],
  // Its own row remembers it: no history entry, which belongs to a saga.
  decide({ data }, rows) {
    const known = rows.get(reportedDeadLetters, data.id)
    if (!known) rows.put(reportedDeadLetters, letterOf(data))
    else if (isAwaited(known) && known.redrive_id !== null && data.redrives?.includes(known.redrive_id)) {
      rows.put(reportedDeadLetters, { ...known, ...refusalOf(data), ...REOPENED, refusals: known.refusals + 1 })
      rows.delete(tasks, redriveTaskId(known.redrive_id))
    }
    return { open: true }
  },
}

const REOPENED = { status: 'OPEN', sending: false } as const

const letterOf = (data: Reported): ReportedDeadLetter => ({
  id: data.id,
  service: data.service,
  subject: data.subject,
  message_id: data.messageId ?? null,
  type: data.type ?? null,
  payload: data.payload,
  truncated: data.truncated,
  ...refusalOf(data),
  ...REOPENED,
  refusals: 1 + (data.redrives?.length ?? 0),
  redrive_id: null,
})

const refusalOf = ({ reason, detail, receivedAt }: Reported) => ({
  reason,
  detail,
  received_at: Date.parse(receivedAt),
})
