import { type RowRef, type Table, table } from '@skald/messaging'

/** Our copy of a product: its newest version that has arrived. */
export interface ProductCopy {
  readonly sku: string
  readonly name: string
  readonly amount: number
  readonly currency: string
  readonly version: number
}

export const productCopies: Table<ProductCopy> = table<ProductCopy>({
  name: 'product_copy',
  key: 'sku',
  columns: { sku: 'text', name: 'text', amount: 'bigint', currency: 'text', version: 'bigint' },
  // Every order asks for prices, which seldom change.
  remember: 'seen',
})

export const productCopyRow = (sku: string): RowRef => ({ table: productCopies, key: sku })
