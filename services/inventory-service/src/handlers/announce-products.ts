import { type DataOf, productAnnounce, productAnnounced, productUpdated } from '@skald/contracts'
import type { Handler } from '@skald/messaging'
import type { Product } from '../stock/stock-tables.ts'
import { answering, lookUp, lookUpRow } from './look-up.ts'

type Announce = DataOf<typeof productAnnounce>

export const PAGE_LOOK_UP = 'page-look-up'

/** Says a page of the catalogue again. A page is no set of keys: it is looked up, and then said. */
export const announceProducts: Handler<Announce> = {
  type: productAnnounce.type,
  rows: (command) => [lookUpRow(PAGE_LOOK_UP, command)],
  decide: (command, rows, turn) => lookUp(PAGE_LOOK_UP, command, rows, turn),
}

export type AnnouncedProduct = Omit<Product, 'updated_at'>

export const updateOf = ({ sku, name, amount, currency, version }: AnnouncedProduct) =>
  productUpdated({ sku, name, price: { amount, currency }, version })

/**
 * The page that the look found: up to one product more than asked for, which tells that another page follows. A
 * product that changed since the look is announced by its change, and whoever keeps a copy keeps the newer version.
 */
export const pageLookedUp = answering<Announce, readonly AnnouncedProduct[]>({
  type: 'task:page-look-up',
  rows: () => [],
  decide: ({ data: { after, limit } }, found) => {
    const page = found.slice(0, limit)
    const next = found.length > limit ? page.at(-1)?.sku : undefined
    const close = {
      ...(after === undefined ? {} : { after }),
      count: page.length,
      ...(next === undefined ? {} : { next }),
    }
    return [...page.map(updateOf), productAnnounced(close)]
  },
})
