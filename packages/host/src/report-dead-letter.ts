import { codec, deadLetterReported, limits, REPORTED_PAYLOAD_MAX_CHARS, toReason, toText } from '@skald/contracts'
import {
  type DeadLetter,
  deadLetters,
  envelop,
  type Handler,
  type Message,
  publicationOf,
  REPORT_DEAD_LETTER,
  type RowRef,
  type Task,
  tasks,
} from '@skald/messaging'
import type { AppPorts } from './service.ts'

/**
 * Waits after the first and the second report. Nobody answers a report, so it is said three times, further apart than a
 * broker takes to lose its store and come back; who lists them keeps one.
 */
const REPEAT_AFTER_MS = [30_000, 600_000]

/** The task's body: the letter's id alone before the first report. */
type Body = string | { readonly letter: string; readonly reports: number }

const bodyOf = ({ body }: Task) => {
  const given = body as Body
  return typeof given === 'string' ? { letter: given, reports: 0 } : given
}

const letterRow = (task: Task): RowRef => ({ table: deadLetters, key: bodyOf(task).letter })

/**
 * Reports the dead letters of a service: what is done with its due report tasks. A report counts when the broker has
 * stored it, not when it was tried: a process that dies, or a broker that is away, would use all three up unheard.
 */
export const reportDeadLetters = (
  service: string,
  { bus, submit, logger }: Pick<AppPorts, 'bus' | 'submit' | 'logger'>,
): ((task: Task) => void) => {
  const report = async (task: Task): Promise<void> => {
    const letter = (await submit(look, requestOf(service, task, look.type))) as DeadLetter | undefined
    if (!letter) return
    // Its time is the refusal's: a task that was made anew says the same under the same id.
    // Another id each time, so that the broker stores the repeat: who lists them knows the letter by its own id.
    const id = [REPORT_DEAD_LETTER, letter.id, ...letter.redrives.slice(-1), task.attempts].join('/')
    const cause = { ...requestOf(service, task, REPORT_DEAD_LETTER), id }
    const said = deadLetterReported(reportOf(service, letter))
    await bus.publish(
      publicationOf(envelop({ source: cause.source, cause, handledAtMs: letter.received_at }, said, 0), 0, codec),
    )
    await submit(count, requestOf(service, task, count.type))
  }
  // A report that fails keeps its task: the lease brings it back.
  return (task) => {
    report(task).catch((err: unknown) => logger.warn({ err, task: task.id }, 'a dead letter was not reported'))
  }
}

const look: Handler<Task> = {
  type: 'task:report-dead-letter',
  rows: ({ data }) => [letterRow(data)],
  decide({ data }, rows) {
    const letter = rows.get(deadLetters, bodyOf(data).letter)
    if (!letter) rows.delete(tasks, data.id)
    return { reply: letter }
  },
}

const count: Handler<Task> = {
  type: 'task:dead-letter-reported',
  rows: ({ data }) => [{ table: tasks, key: data.id }, letterRow(data)],
  decide({ data }, rows, { nowMs }) {
    const task = rows.get(tasks, data.id)
    // Its lease ran out meanwhile: whoever has it now reports, and counts.
    if (task?.token !== data.token) return {}
    const { letter, reports } = bodyOf(task)
    const waitMs = REPEAT_AFTER_MS[reports]
    if (rows.get(deadLetters, letter)?.status !== 'OPEN' || waitMs === undefined) rows.delete(tasks, task.id)
    else rows.put(tasks, { ...task, due_at: nowMs + waitMs, body: { letter, reports: reports + 1 } satisfies Body })
    return {}
  },
}

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
  ...(letter.redrives.length > 0 && { redrives: [...letter.redrives] }),
})

const requestOf = (service: string, task: Task, type: string): Message<Task> => {
  const { letter } = bodyOf(task)
  return {
    id: `${REPORT_DEAD_LETTER}/${letter}/${task.attempts}`,
    type,
    source: `/${service}`,
    subject: letter,
    time: new Date(task.due_at).toISOString(),
    correlationId: letter,
    data: task,
  }
}
