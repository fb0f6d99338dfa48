import { deadLetterReported, limits, REPORTED_PAYLOAD_MAX_CHARS, toReason, toText } from '@skald/contracts'
import {
  type DeadLetter,
  deadLetters,
  type Handler,
  type Message,
  REPORT_DEAD_LETTER,
  type Task,
  tasks,
} from '@skald/messaging'
import type { AppPorts } from './service.ts'

/**
 * Waits after the first and the second report. Nobody answers a report, so it is said three times, further apart than a
 * broker takes to lose its store and come back; who lists them keeps one.
 */
const REPEAT_AFTER_MS = [30_000, 600_000]

/** Reports the dead letters of a service: what is done with its due report tasks. */
export const reportDeadLetters = (service: string, { submit, logger }: AppPorts): ((task: Task) => void) => {
  const handler = reportHandler(service)
  return (task) => {
    const message = requestOf(service, task)
    submit(handler, message).catch((err: unknown) =>
      logger.warn({ err, task: task.id }, 'a dead letter was not reported'),
    )
  }
}

const reportHandler = (service: string): Handler<Task> => ({
  type: 'task:report-dead-letter',
  rows: ({ data }) => [{ table: deadLetters, key: String(data.body) }],
  decide({ data: task }, rows, { nowMs }) {
    const letter = rows.get(deadLetters, String(task.body))
    const waitMs = REPEAT_AFTER_MS[task.attempts - 1]
    if (letter?.status !== 'OPEN' || waitMs === undefined) rows.delete(tasks, task.id)
    else rows.put(tasks, { ...task, due_at: nowMs + waitMs })
    return letter ? { says: [deadLetterReported(reportOf(service, letter))] } : {}
  },
})

const reportOf = (service: string, letter: DeadLetter) => ({
  id: letter.id,
  service,
  subject: toText(letter.subject, limits.subjectMaxChars),
  ...(letter.message_id !== null && { messageId: toText(letter.message_id, limits.referenceMaxChars) }),
  ...(letter.type !== null && { type: toText(letter.type, limits.referenceMaxChars) }),
  reason: letter.reason,
  detail: toReason(letter.detail),
  payload: letter.payload.slice(0, REPORTED_PAYLOAD_MAX_CHARS),
  truncated: letter.payload.length > REPORTED_PAYLOAD_MAX_CHARS,
  receivedAt: new Date(letter.received_at).toISOString(),
})

const requestOf = (service: string, task: Task): Message<Task> => ({
  // Another id each time, so that the broker stores the repeat: who lists them knows the letter by its own id.
  id: `${REPORT_DEAD_LETTER}/${String(task.body)}/${task.attempts}`,
  type: 'task:report-dead-letter',
  source: `/${service}`,
  subject: String(task.body),
  time: new Date(task.due_at).toISOString(),
  correlationId: String(task.body),
  data: task,
})
