import type { Request } from '@skald/host'
import { type ProductView, viewOf } from '../stock/product.ts'
import { adjustmentRow, adjustments, productRow, products, stockRow, stocks } from '../stock/stock-tables.ts'

export interface AdjustStock {
  readonly sku: string
  /** What is added; negative for what is taken away. */
  readonly quantity: number
  readonly reason: string
  /** Of the request's content. */
  readonly digest: string
  /** The Idempotency-Key, or an id of its own. */
  readonly adjustmentId: string
}

export type AdjustStockReply =
  | { readonly kind: 'adjusted'; readonly product: ProductView }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'reserved'; readonly onHand: number; readonly reserved: number }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'key-reused' }

/** Changes the stock by what a person found or took. Never below what is reserved: that is sold. */
export const adjustStock: Request<AdjustStock, AdjustStockReply> = {
  type: 'request:adjust-stock',
  rows: ({ data: { sku, adjustmentId } }) => [productRow(sku), stockRow(sku), adjustmentRow(adjustmentId)],
  decide({ data: { sku, quantity, reason, digest, adjustmentId } }, rows, { nowMs }) {
    const done = rows.get(adjustments, adjustmentId)
    if (done && done.body_digest !== digest) return reply({ kind: 'key-reused' })
    if (done) return reply({ kind: 'adjusted', product: done.response as ProductView })
    const product = rows.get(products, sku)
    const before = rows.get(stocks, sku)
    if (!product || !before) return reply({ kind: 'unknown' })
    const { on_hand: onHand, reserved } = before
    const after = { ...before, on_hand: onHand + quantity }
    if (after.on_hand < reserved) return reply({ kind: 'reserved', onHand, reserved })
    if (!Number.isSafeInteger(after.on_hand)) return reply({ kind: 'too-many' })
    const response = viewOf(product, after)
    rows.put(stocks, after)
    rows.put(adjustments, { id: adjustmentId, sku, quantity, reason, body_digest: digest, response, at: nowMs })
    return reply({ kind: 'adjusted', product: response })
  },
}

const reply = (answer: AdjustStockReply) => ({ reply: answer })
