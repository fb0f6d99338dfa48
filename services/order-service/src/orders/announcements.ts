/**
 * What is said about an order without anybody having asked: that it was created, that it should be cancelled. No
 * message brings these back when they are lost, so each has a task, from the transaction that says it first until the
 * order has ended; the task says the very same event again, later and later.
 */
import { orderCancelRequested, orderCreated } from '@skald/contracts'
import { derivedId, envelop, type Message, type Rows, type Said, type Task, tasks } from '@skald/messaging'
import { SOURCE } from '../source.ts'
import type { Order } from './order-tables.ts'

export const ANNOUNCE_ORDER = 'announce-order'
export const ANNOUNCE_CANCEL = 'announce-cancel'
export type Announcement = typeof ANNOUNCE_ORDER | typeof ANNOUNCE_CANCEL

/**
 * First lease: long enough for the saga of an ordinary order to end, so that its task goes without being taken, and as long
 * as an order waits whose announcement was lost with the process that took it.
 */
const ORDER_LEASE_MS = 10_000
/** Shorter, since a cancel is worth nothing after the payment. */
const CANCEL_LEASE_MS = 5_000
/** A lost announcement whose stream nobody saw end is said again at the latest after this. */
const MAX_LEASE_MS = 600_000

const firstLeaseMs = { [ANNOUNCE_ORDER]: ORDER_LEASE_MS, [ANNOUNCE_CANCEL]: CANCEL_LEASE_MS }

export interface AnnouncementBody {
  readonly orderId: string
  readonly traceparent?: string | undefined
  /** When it was last said; absent until it is said again. */
  readonly saidAtMs?: number
  /** How often it was said again. */
  readonly said?: number
}

export const announcementTaskId = (kind: Announcement, orderId: string): string => `${kind}/${orderId}`

/** The order's id is that of the request which placed it: all ids of its announcement follow from it. */
export const placeRequestId = (orderId: string): string => orderId
export const cancelRequestId = (orderId: string): string => derivedId(orderId, 1)

export const createdOf = (order: Order): Said =>
  orderCreated({
    orderId: order.order_id,
    sagaId: order.saga_id,
    customerId: order.customer_id,
    items: order.items,
    total: { amount: order.total_amount, currency: order.currency },
    ...(order.payment_method === null ? {} : { paymentMethod: order.payment_method }),
  })

export const cancelRequestedOf = ({ order_id: orderId }: Order): Said => orderCancelRequested({ orderId })

/** The task that stands for an announcement said just now. */
export const announcementTask = (kind: Announcement, body: AnnouncementBody, nowMs: number): Task => ({
  id: announcementTaskId(kind, body.orderId),
  kind,
  due_at: nowMs + firstLeaseMs[kind],
  token: '',
  attempts: 0,
  body,
})

/** Twice the lease before, up to the longest; `said` is how often it was said again. */
export const nextLeaseMs = (kind: Announcement, said: number): number =>
  Math.min(firstLeaseMs[kind] * 2 ** said, MAX_LEASE_MS)

/** The event as it was first said: same id, same time, same content, made of the order's row alone. */
export const announcementOf = (kind: Announcement, order: Order, traceparent?: string): Message => {
  const isOrder = kind === ANNOUNCE_ORDER
  const cause: Message = {
    id: isOrder ? placeRequestId(order.order_id) : cancelRequestId(order.order_id),
    type: kind,
    source: SOURCE,
    subject: order.order_id,
    time: '',
    correlationId: order.saga_id,
    traceparent,
    data: null,
  }
  const handledAtMs = isOrder ? order.created_at : (order.cancel_requested_at ?? order.created_at)
  return envelop({ source: SOURCE, cause, handledAtMs }, isOrder ? createdOf(order) : cancelRequestedOf(order), 0)
}

/** An order that ended needs no announcement any more: whoever had to hear has heard. */
export const endAnnouncements = (rows: Rows, order: Order): void => {
  rows.delete(tasks, announcementTaskId(ANNOUNCE_ORDER, order.order_id))
  if (order.cancel_requested_at !== null) rows.delete(tasks, announcementTaskId(ANNOUNCE_CANCEL, order.order_id))
}
