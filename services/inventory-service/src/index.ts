export { inventoryApp } from './app.ts'
export { type PutProduct, type PutProductReply, putProduct } from './requests/put-product.ts'
export { inventoryService } from './service.ts'
export {
  type Adjustment,
  adjustments,
  type Product,
  products,
  type Reservation,
  reservations,
  type Stock,
  stocks,
} from './stock/stock-tables.ts'
export type { StockReading } from './store/reading.ts'
