export { type Decoded, decode, encode, MAX_MESSAGE_BYTES, type Message, type Refusal } from './cloud-event.ts'
export {
  type AnyCommand,
  type AnyEvent,
  type CommandContract,
  type Contract,
  command,
  type DataOf,
  type EventContract,
  event,
  type Immutable,
  type Replies,
  type ReplyOf,
  type Role,
  type Said,
  type StreamName,
} from './contract.ts'
export { deadLetterReported, REPORTED_PAYLOAD_MAX_CHARS } from './dead-letters.ts'
export { compatibility } from './documents/compatibility.ts'
export { documentsOf } from './documents/documents.ts'
export type { JsonSchema } from './documents/json-schema.ts'
export { fraudCheck, fraudCleared, fraudSuspected, fraudWithdraw, fraudWithdrawn } from './fraud.ts'
export {
  inventoryCommit,
  inventoryCommitted,
  inventoryFailed,
  inventoryRelease,
  inventoryReleased,
  inventoryReserve,
  inventoryReserved,
} from './inventory.ts'
export { codec, contracts } from './messages.ts'
export {
  orderCancel,
  orderCancelled,
  orderCancelRequested,
  orderConfirm,
  orderConfirmed,
  orderCreated,
  orderFail,
  orderFailed,
} from './orders.ts'
export {
  paymentCharge,
  paymentConfirmed,
  paymentFailed,
  paymentRefund,
  paymentRefunded,
  paymentRefundFailed,
  paymentVoided,
} from './payments.ts'
export {
  count,
  currency,
  gatewayReference,
  id,
  limits,
  line,
  lines,
  money,
  name,
  pageCount,
  pageLimit,
  paymentMethod,
  pricedLine,
  quantity,
  reason,
  seconds,
  sku,
  toReason,
  toText,
  version,
} from './pieces.ts'
export { productAnnounce, productAnnounced, productUpdated } from './products.ts'
export { parseData, type Read } from './reading.ts'
export { type Registry, registry } from './registry.ts'
export {
  flight,
  hotel,
  tripApprovalWithdrawn,
  tripApprove,
  tripApproved,
  tripRejected,
  tripRequested,
  tripWithdrawApproval,
} from './trips.ts'
