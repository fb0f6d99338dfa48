export { type PaymentAppOptions, paymentApp } from './app.ts'
export type { CallsObserver } from './calls/calls.ts'
export { type BookEntry, type BringToBooks, bookedStatus, bringToBooks } from './payments/bring-to-books.ts'
export type {
  CancelCall,
  CancelOutcome,
  ChargeCall,
  Charged,
  ChargeOutcome,
  Gateway,
  Money,
  Prepared,
  RefundCall,
  RefundOutcome,
  Refused,
  Undecided,
} from './payments/gateway.ts'
export { type Payment, payments } from './payments/payment.ts'
export type { GatewayCharge, GatewayRefund } from './payments/simulated/gateway-tables.ts'
export { type Answered, decideCancel, decideCharge, decideRefund } from './payments/simulated/rules.ts'
export { SimulatedGateway, type SimulatedGatewayOptions } from './payments/simulated/simulated-gateway.ts'
export { paymentService } from './service.ts'
export type { PaymentView, ReadPayment } from './store/reading.ts'
