/**
 * The catalogue as messages. Who keeps a copy asks for it page by page, in the order of skus: the owner answers a
 * command with one `product.updated.v1` a product and one `product.announced.v1` that closes the page. A page that
 * does not come is asked for again; a page whose close has no `next` is the last.
 */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { money, name, pageCount, pageLimit, sku, version } from './pieces.ts'

/** The subject of pages: they are about no single product. */
const CATALOGUE = 'catalogue'
const from = 'inventory-service'

export const productUpdated = event(
  'product.updated.v1',
  z.strictObject({
    sku,
    name,
    price: money,
    version: version.describe('Counts changes of name and price: keep the highest, ignore what comes late.'),
  }),
  { subject: (product) => product.sku, from, about: 'A product is new, or its name or price is; or it was asked for.' },
)

export const productAnnounced = event(
  'product.announced.v1',
  z.strictObject({
    after: sku.describe('As in the command; absent for the first page.').optional(),
    count: pageCount.describe('Products in this page.'),
    next: sku.describe('`after` of the next page; absent when this was the last.').optional(),
  }),
  { subject: () => CATALOGUE, from, about: 'A page of the catalogue was announced in full.' },
)

export const productAnnounce = command(
  'product.announce.v1',
  z.strictObject({
    after: sku.describe('The page starts behind this sku; absent: with the first.').optional(),
    limit: pageLimit.describe('Products in the page, at most.'),
  }),
  {
    subject: () => CATALOGUE,
    from: 'order-service',
    to: 'inventory-service',
    about: 'Say again what is in the catalogue: at most `limit` products behind `after`.',
    replies: { success: [productUpdated, productAnnounced], failure: [] },
  },
)
