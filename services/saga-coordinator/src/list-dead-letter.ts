import type { DataOf, deadLetterReported } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import { reportedDeadLetters } from './store/dead-letter-table.ts'

type Reported = DataOf<typeof deadLetterReported>

/** Lists what any service reports as a dead letter. Reports are repeated; the letter's own id keeps one. */
export const listDeadLetter: Handler<Reported> = {
  type: 'dead-letter.reported.v1',
  rows: ({ data }) => [{ table: reportedDeadLetters, key: data.id }],
  decide({ data }, rows) {
    // Its own row remembers it: no history entry, which belongs to a saga.
    if (rows.get(reportedDeadLetters, data.id)) return { open: true }
    const { id, service, subject, reason, detail, payload, truncated } = data
    rows.put(reportedDeadLetters, {
      id,
      service,
      subject,
      message_id: data.messageId ?? null,
      type: data.type ?? null,
      reason,
      detail,
      payload,
      truncated,
      received_at: Date.parse(data.receivedAt),
      status: 'OPEN',
    })
    return { open: true }
  },
}
