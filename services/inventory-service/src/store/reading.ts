import type { InventoryClient } from '@skald/database/inventory'
import type { Line, Missing, Product, Reservation, ReservationStatus, Stock } from '../stock/stock-tables.ts'

export type ProductWithStock = Product & Stock

/** Looks outside any batch: for people, and for commands that name no keys. Old by the time they are used. */
export interface StockReading {
  product(sku: string): Promise<ProductWithStock | undefined>
  /** In the order of skus, behind `after`. */
  products(after: string | undefined, limit: number): Promise<readonly ProductWithStock[]>
  reservation(orderId: string): Promise<Reservation | undefined>
  /** What was to be held for an order; nothing for an unknown one. */
  reservedItems(orderId: string): Promise<readonly Line[]>
}

type Found<Table extends 'product' | 'stock'> = Awaited<ReturnType<InventoryClient[Table]['findMany']>>

/** A product and its stock are made in one transaction, so whoever has a product finds its stock. */
const joined = (products: Found<'product'>, stocks: Found<'stock'>): readonly ProductWithStock[] => {
  const stockBySku = new Map(stocks.map((stock) => [stock.sku, stock]))
  return products.flatMap(({ sku, name, amount, currency, version, updated_at }) => {
    const stock = stockBySku.get(sku)
    if (!stock) return []
    const product = { sku, name, amount: Number(amount), currency, version: Number(version) }
    const counts = { on_hand: Number(stock.on_hand), reserved: Number(stock.reserved) }
    return [{ ...product, updated_at: updated_at.getTime(), ...counts }]
  })
}

export const stockReading = ({ product, stock, reservation }: InventoryClient): StockReading => {
  const withStock = async (products: Found<'product'>): Promise<readonly ProductWithStock[]> =>
    joined(products, await stock.findMany({ where: { sku: { in: products.map(({ sku }) => sku) } } }))
  const reservationOf = async (orderId: string): Promise<Reservation | undefined> => {
    const row = await reservation.findUnique({ where: { order_id: orderId } })
    if (!row) return undefined
    return {
      order_id: orderId,
      status: row.status as ReservationStatus,
      items: JSON.parse(row.items) as readonly Line[],
      missing: JSON.parse(row.missing) as readonly Missing[],
      updated_at: row.updated_at.getTime(),
    }
  }
  return {
    async product(sku) {
      const [found] = await withStock(await product.findMany({ where: { sku } }))
      return found
    },
    async products(after, limit) {
      const where = after === undefined ? {} : { sku: { gt: after } }
      return withStock(await product.findMany({ where, orderBy: { sku: 'asc' }, take: limit }))
    },
    reservation: reservationOf,
    reservedItems: async (orderId) => (await reservationOf(orderId))?.items ?? [],
  }
}
