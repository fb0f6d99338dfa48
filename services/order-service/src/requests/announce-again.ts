import { type Handler, type Task, tasks } from '@skald/messaging'
import { type Announcement, type AnnouncementBody, announcementOf, nextLeaseMs } from '../orders/announcements.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

const bodyOf = ({ body }: Task): AnnouncementBody => body as AnnouncementBody

/** A task of an announcement is due: the same event goes out under the next number, until the order has ended. */
export const announceAgain: Handler<Task> = {
  type: 'task:announce-again',
  rows: ({ data: task }) => [orderRow(bodyOf(task).orderId)],
  decide({ data: task }, rows, { nowMs }) {
    const { orderId, traceparent } = bodyOf(task)
    const order = rows.get(orders, orderId)
    if (order?.status !== 'PENDING') {
      rows.delete(tasks, task.id)
      return {}
    }
    const kind = task.kind as Announcement
    rows.put(tasks, { ...task, due_at: nowMs + nextLeaseMs(kind, task.attempts) })
    return { repeats: [{ message: announcementOf(kind, order, traceparent), repeat: task.attempts }] }
  },
}
