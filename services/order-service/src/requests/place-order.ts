import type { Request } from '@skald/host'
import { type Decision, type Message, type Rows, type Turn, tasks } from '@skald/messaging'
import { productCopies, productCopyRow } from '../catalogue/catalogue-tables.ts'
import { ANNOUNCE_ORDER, announcementTask, createdOf } from '../orders/announcements.ts'
import { idempotency, idempotencyRow, type Money, type Order, orderRow, orders } from '../orders/order-tables.ts'
import { type Line, type Priced, price } from '../orders/pricing.ts'

export interface PlaceOrder {
  readonly customerId: string
  readonly items: readonly Line[]
  readonly paymentMethod?: string | undefined
  /** The Idempotency-Key, with a digest of what it was given with. */
  readonly repeatable?: { readonly key: string; readonly digest: string } | undefined
}

/** What the customer is told of a new order. */
export interface Placed {
  readonly orderId: string
  readonly sagaId: string
  readonly status: 'PENDING'
  readonly total: Money
}

export type PlaceOrderReply =
  | { readonly kind: 'placed'; readonly order: Placed }
  | { readonly kind: 'key-reused' }
  | Exclude<Priced, { readonly kind: 'priced' }>

/** Takes an order. The request's id is the order's, its correlation the saga's. */
export const placeOrder: Request<PlaceOrder, PlaceOrderReply> = {
  type: 'request:place-order',
  rows: ({ id: orderId, data: { items, repeatable } }) => [
    { ...orderRow(orderId), fresh: true },
    ...(repeatable ? [{ ...idempotencyRow(repeatable.key), fresh: true }] : []),
    // Prices are as they are now; nothing here depends on their not changing.
    ...items.map(({ sku }) => ({ ...productCopyRow(sku), readOnly: true })),
  ],
  decide(request, rows, turn) {
    const { repeatable, items } = request.data
    const answered = repeatable && rows.get(idempotency, repeatable.key)
    if (answered) {
      const isSame = answered.body_digest === repeatable.digest
      return reply(isSame ? { kind: 'placed', order: answered.response as Placed } : { kind: 'key-reused' })
    }
    const priced = price(items, (sku) => rows.get(productCopies, sku))
    return priced.kind === 'priced' ? take(request, priced, rows, turn) : reply(priced)
  },
}

const reply = (answer: PlaceOrderReply) => ({ reply: answer })

const take = (
  { id: orderId, correlationId: sagaId, traceparent, data }: Message<PlaceOrder>,
  { items, total }: Extract<Priced, { readonly kind: 'priced' }>,
  rows: Rows,
  { nowMs }: Turn,
): Decision => {
  const order: Order = {
    order_id: orderId,
    saga_id: sagaId,
    customer_id: data.customerId,
    items,
    total_amount: total.amount,
    currency: total.currency,
    payment_method: data.paymentMethod ?? null,
    status: 'PENDING',
    reason: null,
    cancel_requested_at: null,
    created_at: nowMs,
    updated_at: nowMs,
  }
  const placed: Placed = { orderId, sagaId, status: 'PENDING', total }
  rows.put(orders, order)
  rows.put(tasks, announcementTask(ANNOUNCE_ORDER, { orderId, traceparent }, nowMs))
  if (data.repeatable) {
    const { key, digest } = data.repeatable
    rows.put(idempotency, { key, body_digest: digest, order_id: orderId, response: placed, created_at: nowMs })
  }
  return { says: [createdOf(order)], ...reply({ kind: 'placed', order: placed }) }
}
