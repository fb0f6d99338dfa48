import type { AppPorts } from '@skald/host'
import { type Handler, type Message, redriveMsgId, type Task, tasks } from '@skald/messaging'
import { type ReportedDeadLetter, reportedDeadLetters } from '../store/dead-letter-table.ts'
import { textIn } from './payload.ts'

/*
 * A redrive is asked for in one transaction and sent by a task:
 *
 *   OPEN --asked--> OPEN, sending --the broker has it--> REDRIVEN --refused once more--> OPEN
 *
 * Nobody answers it when all is well, and the broker may lose what it took: so it is sent three times under one id, as dead
 * letters are reported, as long as nothing is heard. Who handled it finds the repeats in its inbox.
 */

/** Waits after the first and the second sending: within the broker's dedupe window, and long after it. */
const REPEAT_AFTER_MS = [30_000, 600_000]

export const REDRIVE = 'redrive'
/** One a redrive, not one a letter: what is left of an earlier redrive must not end the task of a later one. */
export const redriveTaskId = (redriveId: string): string => `${REDRIVE}/${redriveId}`

interface Body {
  readonly letterId: string
  readonly redriveId: string
  readonly sendings: number
}
const bodyOf = ({ body }: Task): Body => body as Body

export const redriveTask = (letterId: string, redriveId: string, nowMs: number): Task => ({
  id: redriveTaskId(redriveId),
  kind: REDRIVE,
  // Due at once: the next poll sends it, whichever process that is.
  due_at: nowMs,
  token: '',
  attempts: 0,
  body: { letterId, redriveId, sendings: 0 } satisfies Body,
})

/** Whether it is to be heard what becomes of its last redrive. */
export const isAwaited = ({ status, sending }: ReportedDeadLetter): boolean => sending || status === 'REDRIVEN'

/** What is done with a due redrive. It counts when the broker has stored it, not when it was tried. */
export const redriveTasks = ({ bus, submit, logger }: Pick<AppPorts, 'bus' | 'submit' | 'logger'>) => {
  const redrive = async (task: Task): Promise<void> => {
    const letter = (await submit(look, requestOf(task, look.type))) as ReportedDeadLetter | undefined
    const payload = letter && textIn(letter.payload)
    if (letter === undefined || payload === undefined) return
    await bus.publish({ subject: letter.subject, msgId: redriveMsgId(bodyOf(task)), payload })
    await submit(count, requestOf(task, count.type))
  }
  // One that fails keeps its task: the lease brings it back.
  return (task: Task): void => {
    redrive(task).catch((err: unknown) => logger.warn({ err, task: task.id }, 'a dead letter was not sent again'))
  }
}

const letterRow = (task: Task) => ({ table: reportedDeadLetters, key: bodyOf(task).letterId })

const isCurrent = (letter: ReportedDeadLetter | undefined, task: Task): letter is ReportedDeadLetter =>
  letter !== undefined && isAwaited(letter) && letter.redrive_id === bodyOf(task).redriveId

const look: Handler<Task> = {
  type: 'task:redrive',
  rows: ({ data }) => [letterRow(data)],
  decide({ data }, rows) {
    const letter = rows.get(reportedDeadLetters, bodyOf(data).letterId)
    if (isCurrent(letter, data)) return { reply: letter }
    rows.delete(tasks, data.id)
    return {}
  },
}

const count: Handler<Task> = {
  type: 'task:redriven',
  rows: ({ data }) => [{ table: tasks, key: data.id }, letterRow(data)],
  decide({ data }, rows, { nowMs }) {
    const task = rows.get(tasks, data.id)
    const letter = rows.get(reportedDeadLetters, bodyOf(data).letterId)
    // Its lease ran out meanwhile: whoever has it now sends, and counts.
    if (task?.token !== data.token) return {}
    const { sendings, ...redrive } = bodyOf(task)
    const waitMs = REPEAT_AFTER_MS[sendings]
    if (!isCurrent(letter, data) || waitMs === undefined) rows.delete(tasks, task.id)
    else rows.put(tasks, { ...task, due_at: nowMs + waitMs, body: { ...redrive, sendings: sendings + 1 } })
    if (isCurrent(letter, data) && letter.sending) {
      rows.put(reportedDeadLetters, { ...letter, status: 'REDRIVEN', sending: false })
    }
    return {}
  },
}

const requestOf = (task: Task, type: string): Message<Task> => ({
  id: task.id,
  type,
  source: '/saga-coordinator',
  subject: bodyOf(task).letterId,
  time: new Date(task.due_at).toISOString(),
  correlationId: bodyOf(task).redriveId,
  data: task,
})
