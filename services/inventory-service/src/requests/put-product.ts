import type { Request } from '@skald/host'
import { envelop, tasks } from '@skald/messaging'
import { updateOf } from '../handlers/announce-products.ts'
import { SOURCE } from '../source.ts'
import { type Money, type ProductView, renamed, viewOf } from '../stock/product.ts'
import {
  adjustmentRow,
  adjustments,
  type Product,
  productRow,
  products,
  stockRow,
  stocks,
} from '../stock/stock-tables.ts'

export interface PutProduct {
  readonly sku: string
  readonly name: string
  readonly price: Money
  readonly onHand?: number | undefined
}

export type PutProductReply =
  | { readonly kind: 'created' | 'kept'; readonly product: ProductView }
  /** A new product must say how many there are. */
  | { readonly kind: 'on-hand-missing' }
  /** Setting the stock of a product that sells would bring back what was sold since it was counted. */
  | { readonly kind: 'on-hand-given' }

export const ANNOUNCE_CHANGE = 'announce-change'

/** How long the announcement by the request itself may take before the task repeats it. */
const FIRST_ANNOUNCEMENT_MS = 10_000

/** The first stock is an adjustment too: the sum of all of them, less what was sold, is what must be there. */
const firstStock = (sku: string): string => `first-stock/${sku}`

/** Makes a product or changes its name and price. Each change, and nothing else, is announced. */
export const putProduct: Request<PutProduct, PutProductReply> = {
  type: 'request:put-product',
  rows: ({ data: { sku } }) => [productRow(sku), stockRow(sku), adjustmentRow(firstStock(sku))],
  decide(request, rows, turn) {
    const { sku, name, price, onHand } = request.data
    const before = rows.get(products, sku)
    if (!before && onHand === undefined) return reply({ kind: 'on-hand-missing' })
    if (before && onHand !== undefined) return reply({ kind: 'on-hand-given' })
    const after: Product = before
      ? renamed(before, name, price, turn.nowMs)
      : { sku, name, ...price, version: 1, updated_at: turn.nowMs }
    const stock = rows.get(stocks, sku) ?? { sku, on_hand: onHand ?? 0, reserved: 0 }
    const product = viewOf(after, stock)
    if (after === before) return reply({ kind: 'kept', product })
    if (!before) {
      rows.put(stocks, stock)
      rows.put(adjustments, {
        id: firstStock(sku),
        sku,
        quantity: stock.on_hand,
        reason: 'first stock',
        body_digest: '',
        response: product,
        at: turn.nowMs,
      })
    }
    rows.put(products, after)
    const said = updateOf(after)
    // Nobody asks for this event, so it has a task until the broker has it.
    rows.put(tasks, {
      id: `${ANNOUNCE_CHANGE}/${turn.idOf(0)}`,
      kind: ANNOUNCE_CHANGE,
      due_at: turn.nowMs + FIRST_ANNOUNCEMENT_MS,
      token: '',
      attempts: 0,
      body: envelop({ source: SOURCE, cause: request, handledAtMs: turn.nowMs }, said, 0),
    })
    return { says: [said], ...reply({ kind: before ? 'kept' : 'created', product }) }
  },
}

const reply = (answer: PutProductReply) => ({ reply: answer })
