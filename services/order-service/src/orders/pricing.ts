import type { ProductCopy } from '../catalogue/catalogue-tables.ts'
import type { Money, PricedLine } from './order-tables.ts'

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export type Priced =
  | { readonly kind: 'priced'; readonly items: readonly PricedLine[]; readonly total: Money }
  | { readonly kind: 'unknown-skus'; readonly skus: readonly string[] }
  | { readonly kind: 'mixed-currencies'; readonly currencies: readonly string[] }
  | { readonly kind: 'total-too-large' }

/** Prices every line from the catalogue. */
export const price = (lines: readonly Line[], productOf: (sku: string) => ProductCopy | undefined): Priced => {
  const items: PricedLine[] = []
  const unknown = new Set<string>()
  const currencies = new Set<string>()
  let sum = 0
  let countable = true
  for (const { sku, quantity } of lines) {
    const product = productOf(sku)
    if (!product) {
      unknown.add(sku)
      continue
    }
    const { amount, currency } = product
    currencies.add(currency)
    // A product beyond 2^53 is rounded, but stays beyond it, so the check on the rounded number is exact.
    sum += amount * quantity
    countable &&= Number.isSafeInteger(amount * quantity) && Number.isSafeInteger(sum)
    items.push({ sku, quantity, price: { amount, currency } })
  }
  if (unknown.size > 0) return { kind: 'unknown-skus', skus: [...unknown] }
  const [currency, ...others] = currencies
  if (currency === undefined || others.length > 0) return { kind: 'mixed-currencies', currencies: [...currencies] }
  if (!countable) return { kind: 'total-too-large' }
  return { kind: 'priced', items, total: { amount: sum, currency } }
}
