import type { DataOf, orderCreated } from '@skald/contracts'
import type { Request } from '@skald/host'
import { tasks } from '@skald/messaging'
import { ANNOUNCE_ORDER, announcementTask } from '../orders/announcements.ts'
import { orderRow, orders } from '../orders/order-tables.ts'

export interface RestoreOrder {
  /** What was announced of the order: all that its row holds, but for how it ended. */
  readonly created: DataOf<typeof orderCreated>
  readonly sagaId: string
  readonly createdAtMs: number
}

/**
 * Puts an order back that the database lost and others remember: as it was when it was taken, announced like any other. Its
 * saga ends it. The Idempotency-Key under which it was placed is known to nobody any more.
 */
export const restoreOrder: Request<RestoreOrder, object> = {
  type: 'request:restore-order',
  rows: ({ data: { created } }) => [orderRow(created.orderId)],
  decide({ data: { created, sagaId, createdAtMs } }, rows, { nowMs }) {
    const { orderId } = created
    if (rows.get(orders, orderId)) return { reply: {} }
    rows.put(orders, {
      order_id: orderId,
      saga_id: sagaId,
      customer_id: created.customerId,
      items: created.items,
      total_amount: created.total.amount,
      currency: created.total.currency,
      payment_method: created.paymentMethod ?? null,
      status: 'PENDING',
      reason: null,
      cancel_requested_at: null,
      created_at: createdAtMs,
      updated_at: nowMs,
    })
    rows.put(tasks, announcementTask(ANNOUNCE_ORDER, { orderId }, nowMs))
    return { reply: {} }
  },
}
