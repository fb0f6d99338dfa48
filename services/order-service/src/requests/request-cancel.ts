import type { Request } from '@skald/host'
import { tasks } from '@skald/messaging'
import { ANNOUNCE_CANCEL, announcementTask, cancelRequestedOf } from '../orders/announcements.ts'
import { type OrderStatus, orderRow, orders } from '../orders/order-tables.ts'

export interface RequestCancel {
  readonly orderId: string
}

export type RequestCancelReply =
  | { readonly kind: 'taken' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ended'; readonly status: OrderStatus }

/** Asks the saga to cancel. Asked again it says nothing new: the first request has its task until the order ended. */
export const requestCancel: Request<RequestCancel, RequestCancelReply> = {
  type: 'request:cancel-order',
  rows: ({ data: { orderId } }) => [orderRow(orderId)],
  decide({ data: { orderId }, traceparent }, rows, { nowMs }) {
    const order = rows.get(orders, orderId)
    if (!order) return reply({ kind: 'unknown' })
    if (order.status !== 'PENDING') return reply({ kind: 'ended', status: order.status })
    if (order.cancel_requested_at !== null) return reply({ kind: 'taken' })
    const asked = { ...order, cancel_requested_at: nowMs, updated_at: nowMs }
    rows.put(orders, asked)
    rows.put(tasks, announcementTask(ANNOUNCE_CANCEL, { orderId, traceparent }, nowMs))
    return { says: [cancelRequestedOf(asked)], ...reply({ kind: 'taken' }) }
  },
}

const reply = (answer: RequestCancelReply) => ({ reply: answer })
