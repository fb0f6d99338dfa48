export { type PaymentAppOptions, paymentApp } from './app.ts'
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
export { SimulatedGateway, type SimulatedGatewayOptions } from './payments/simulated/simulated-gateway.ts'
export { paymentService } from './service.ts'
export type { PaymentView, ReadPayment } from './store/reading.ts'
