import { type DataOf, productUpdated } from '@skald/contracts'
import type { Handler, Rows } from '@skald/messaging'
import { arrived, askingRow } from '../catalogue/asking.ts'
import { productCopies, productCopyRow } from '../catalogue/catalogue-tables.ts'

type Product = DataOf<typeof productUpdated>

/** Keeps the newest version of a product, in whichever order versions arrive. */
export const keepProduct: Handler<Product> = {
  type: productUpdated.type,
  rows: ({ data: { sku } }) => [productCopyRow(sku), askingRow],
  decide({ data, causationId }, rows, turn) {
    keepNewest(rows, data)
    return { says: arrived(rows, causationId, turn) }
  },
}

const keepNewest = (rows: Rows, { sku, name, price: { amount, currency }, version }: Product): void => {
  const kept = rows.get(productCopies, sku)
  if (!kept || kept.version < version) rows.put(productCopies, { sku, name, amount, currency, version })
}
