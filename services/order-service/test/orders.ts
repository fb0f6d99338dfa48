import { decide, MemoryRows, messageOf } from '@skald/testing'
import { type ProductCopy, productCopies } from '../src/catalogue/catalogue-tables.ts'
import { type Order, orders } from '../src/orders/order-tables.ts'
import { type PlaceOrder, type PlaceOrderReply, placeOrder } from '../src/requests/place-order.ts'

export const ORDER = '01900000-0000-7000-8000-000000000001'
export const SAGA = '01900000-0000-7000-8000-000000000002'

export const product = (sku: string, amount: number, currency = 'EUR'): ProductCopy => ({
  sku,
  name: `Product ${sku}`,
  amount,
  currency,
  version: 1,
})

/** A catalogue with these products. */
export const catalogue = (...products: readonly ProductCopy[]): MemoryRows => {
  const rows = new MemoryRows()
  for (const row of products) rows.put(productCopies, row)
  return rows
}

interface Placing extends Partial<PlaceOrder> {
  readonly id?: string
  readonly traceparent?: string
}

export const place = (rows: MemoryRows, { id = ORDER, traceparent, ...data }: Placing = {}) => {
  const order = { customerId: 'customer-1', items: [{ sku: 'lamp', quantity: 2 }], ...data }
  const request = messageOf(placeOrder.type, order, { id, correlationId: SAGA, traceparent })
  const decision = decide(rows, placeOrder, request)
  return { ...decision, request, reply: decision.reply as PlaceOrderReply }
}

/** Rows with one order that was just taken. */
export const placed = (): MemoryRows => {
  const rows = catalogue(product('lamp', 500))
  place(rows)
  return rows
}

export const orderOf = (rows: MemoryRows, orderId = ORDER): Order | undefined =>
  rows.all(orders).find(({ order_id }) => order_id === orderId)
