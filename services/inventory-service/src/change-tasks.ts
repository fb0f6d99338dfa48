import { codec } from '@skald/contracts'
import type { AppPorts } from '@skald/host'
import { type Handler, type Message, publicationOf, type Task, tasks } from '@skald/messaging'

/** The task goes: what it was for has happened. */
const forget: Handler<{ readonly taskId: string }> = {
  type: 'task:forget',
  rows: () => [],
  decide({ data: { taskId } }, rows) {
    rows.delete(tasks, taskId)
    return {}
  },
}

/**
 * Announces a change of a product once more, and ends when the broker has acknowledged it. Nobody answers this event,
 * so the acknowledgement is all there is to wait for; a broker that loses what it acknowledged makes its stream anew,
 * and whoever keeps a copy of the catalogue then asks for all of it.
 */
export const announceChange = ({ bus, submit, logger }: AppPorts): ((task: Task) => void) => {
  const announce = async ({ id: taskId, attempts, body }: Task): Promise<void> => {
    const message = body as Message
    // The request that made the change said it first; a task that was taken has at least one attempt.
    await bus.publish(publicationOf(message, attempts, codec))
    await submit(forget, { ...message, type: forget.type, data: { taskId } })
  }
  return (task) => {
    announce(task).catch((err: unknown) =>
      logger.warn({ err, task: task.id }, 'a change of a product could not be announced; it is tried again'),
    )
  }
}
