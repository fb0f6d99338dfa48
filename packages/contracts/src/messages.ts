/** Every message of the reference applications: the order flow, and the trip. */
import { decode, encode } from './cloud-event.ts'
import { deadLetterReported } from './dead-letters.ts'
import { fraudCheck, fraudCleared, fraudSuspected, fraudWithdraw, fraudWithdrawn } from './fraud.ts'
import {
  inventoryCommit,
  inventoryCommitted,
  inventoryFailed,
  inventoryRelease,
  inventoryReleased,
  inventoryReserve,
  inventoryReserved,
} from './inventory.ts'
import {
  orderCancel,
  orderCancelled,
  orderCancelRequested,
  orderConfirm,
  orderConfirmed,
  orderCreated,
  orderFail,
  orderFailed,
} from './orders.ts'
import {
  paymentCharge,
  paymentConfirmed,
  paymentFailed,
  paymentRefund,
  paymentRefunded,
  paymentRefundFailed,
  paymentVoided,
} from './payments.ts'
import { productAnnounce, productAnnounced, productUpdated } from './products.ts'
import { registry } from './registry.ts'
import {
  flight,
  hotel,
  tripApprovalWithdrawn,
  tripApprove,
  tripApproved,
  tripRejected,
  tripRequested,
  tripWithdrawApproval,
} from './trips.ts'

export const contracts = registry([
  orderCreated,
  orderConfirmed,
  orderCancelled,
  orderFailed,
  orderCancelRequested,
  paymentConfirmed,
  paymentFailed,
  paymentRefunded,
  paymentVoided,
  paymentRefundFailed,
  inventoryReserved,
  inventoryFailed,
  inventoryReleased,
  inventoryCommitted,
  productUpdated,
  productAnnounced,
  inventoryReserve,
  inventoryRelease,
  inventoryCommit,
  paymentCharge,
  paymentRefund,
  orderConfirm,
  orderCancel,
  orderFail,
  productAnnounce,
  deadLetterReported,
  fraudCheck,
  fraudCleared,
  fraudSuspected,
  fraudWithdraw,
  fraudWithdrawn,
  tripRequested,
  ...Object.values(flight),
  ...Object.values(hotel),
  tripApproved,
  tripRejected,
  tripApprovalWithdrawn,
  tripApprove,
  tripWithdrawApproval,
])

/** How these messages travel: to bytes, from bytes, on which subject. */
export const codec = { encode, decode, wireOf: contracts.wireOf }
