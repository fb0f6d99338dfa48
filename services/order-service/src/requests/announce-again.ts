import { type Handler, type Task, tasks } from '@skald/messaging'
import { type Announcement, type AnnouncementBody, announcementOf, nextLeaseMs } from '../orders/announcements.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

export interface AnnounceAgain {
  readonly task: Task
  /** What was said before this moment was handled or is lost; what was said later may be on its way. */
  readonly handledUpToMs: number
}

const bodyOf = ({ body }: Task): AnnouncementBody => body as AnnouncementBody

/**
 * A task of an announcement is due: the same event goes out under the next number, until the order has ended. While the
 * last one may still stand in a queue, the task only looks again later.
 */
export const announceAgain: Handler<AnnounceAgain> = {
  type: 'task:announce-again',
  rows: ({ data: { task } }) => [orderRow(bodyOf(task).orderId)],
  decide({ data: { task, handledUpToMs } }, rows, { nowMs }) {
    const body = bodyOf(task)
    const order = rows.get(orders, body.orderId)
    if (order?.status !== 'PENDING') {
      rows.delete(tasks, task.id)
      return {}
    }
    const kind = task.kind as Announcement
    const message = announcementOf(kind, order, body.traceparent)
    const { said = 0 } = body
    if ((body.saidAtMs ?? Date.parse(message.time)) >= handledUpToMs) {
      // Nothing was said, so the next look is no later than this one: every loss that is noticed brings a look forward.
      rows.put(tasks, { ...task, due_at: nowMs + nextLeaseMs(kind, said) })
      return {}
    }
    const due_at = nowMs + nextLeaseMs(kind, said + 1)
    rows.put(tasks, { ...task, due_at, body: { ...body, saidAtMs: nowMs, said: said + 1 } })
    return { repeats: [{ message, repeat: task.attempts }] }
  },
}
