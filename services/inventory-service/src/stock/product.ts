import type { Product, Stock } from './stock-tables.ts'

export interface Money {
  readonly amount: number
  readonly currency: string
}

/** A product and its stock as the outside sees them. */
export interface ProductView {
  readonly sku: string
  readonly name: string
  readonly price: Money
  readonly onHand: number
  readonly reserved: number
  readonly available: number
  readonly version: number
}

export const viewOf = (
  { sku, name, amount, currency, version }: Product,
  { on_hand, reserved }: Omit<Stock, 'sku'>,
): ProductView => ({
  sku,
  name,
  price: { amount, currency },
  onHand: on_hand,
  reserved,
  available: on_hand - reserved,
  version,
})

/** The product with this name and price; the same row when it has them already. */
export const renamed = (product: Product, name: string, { amount, currency }: Money, nowMs: number): Product => {
  if (product.name === name && product.amount === amount && product.currency === currency) return product
  return { ...product, name, amount, currency, version: product.version + 1, updated_at: nowMs }
}
