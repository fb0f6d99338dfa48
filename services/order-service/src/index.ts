export { orderApp } from './app.ts'
export { type ProductCopy, productCopies } from './catalogue/catalogue-tables.ts'
export { LISTENING_DURABLES } from './listeners.ts'
export { cancelRequestId } from './orders/announcements.ts'
export {
  type Answered,
  type CancelledOrder,
  cancelledOrders,
  idempotency,
  type Order,
  orders,
} from './orders/order-tables.ts'
export { type Placed, type PlaceOrder, type PlaceOrderReply, placeOrder } from './requests/place-order.ts'
export { type RequestCancelReply, requestCancel } from './requests/request-cancel.ts'
export { type RestoreOrder, restoreOrder } from './requests/restore-order.ts'
export { orderService } from './service.ts'
export type { StreamMark, StreamMarks } from './store/stream-marks.ts'
