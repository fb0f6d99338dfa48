import {
  type DataOf,
  fraudCheck,
  type fraudCleared,
  type fraudSuspected,
  fraudWithdraw,
  fraudWithdrawn,
  inventoryCommit,
  inventoryCommitted,
  inventoryFailed,
  inventoryRelease,
  inventoryReleased,
  inventoryReserve,
  type inventoryReserved,
  orderCancel,
  orderCancelled,
  type orderCancelRequested,
  orderConfirm,
  orderConfirmed,
  type orderCreated,
  orderFail,
  type orderFailed,
  paymentCharge,
  type paymentConfirmed,
  type paymentFailed,
  paymentRefund,
  paymentRefunded,
  paymentRefundFailed,
  paymentVoided,
  toReason,
} from '@skald/contracts'
import {
  command,
  type EventOf,
  fractionOf,
  type MessageContract,
  type OperatorEvent,
  type PersonNeeded,
} from '@skald/saga'

/* What the order saga remembers, says and hears. The chart is in order.saga.ts. */

export type Step = 'withdraw' | 'refund' | 'release' | 'commit' | 'confirm' | 'cancel'

/** How often a step that must succeed was tried in this round, by how the try ended. */
export interface Tries {
  readonly refused: number
  readonly silent: number
  /** What the last refusal said. */
  readonly refusal?: string
}

type Created = DataOf<typeof orderCreated>

export interface OrderContext {
  readonly sagaId: string
  readonly orderId: string
  /** Known to version 2. */
  readonly customerId?: string
  readonly items: readonly { readonly sku: string; readonly quantity: number }[]
  readonly total: Created['total']
  readonly paymentMethod?: string
  /** Why the order is being undone. */
  readonly reason?: string
  readonly tries: Partial<Readonly<Record<Step, Tries>>>
}

export type OrderEvent =
  | EventOf<typeof inventoryReserved>
  | EventOf<typeof inventoryFailed>
  | EventOf<typeof inventoryReleased>
  | EventOf<typeof inventoryCommitted>
  | EventOf<typeof paymentConfirmed>
  | EventOf<typeof paymentFailed>
  | EventOf<typeof paymentRefunded>
  | EventOf<typeof paymentVoided>
  | EventOf<typeof paymentRefundFailed>
  | EventOf<typeof orderConfirmed>
  | EventOf<typeof orderCancelled>
  | EventOf<typeof orderFailed>
  | EventOf<typeof orderCancelRequested>
  | EventOf<typeof fraudCleared>
  | EventOf<typeof fraudSuspected>
  | EventOf<typeof fraudWithdrawn>
  | OperatorEvent

export const contextOf = (data: Created, { sagaId }: { readonly sagaId: string }): OrderContext => ({
  sagaId,
  orderId: data.orderId,
  items: data.items.map(({ sku, quantity }) => ({ sku, quantity })),
  total: data.total,
  ...(data.paymentMethod !== undefined && { paymentMethod: data.paymentMethod }),
  tries: {},
})

const ofOrder = ({ orderId }: OrderContext) => ({ orderId })
/** With the items a participant names all rows at once; without them it must look them up. */
const ofStock = ({ orderId, items }: OrderContext) => ({ orderId, items })

export const reserveStock = command(inventoryReserve, ofStock)
/** A saga that came from version 1 has no customer in its context, and is past this step. */
export const checkFraud = command(fraudCheck, ({ orderId, customerId = '', total }: OrderContext) => ({
  orderId,
  customerId,
  amount: total,
}))
export const chargePayment = command(paymentCharge, ({ orderId, total, paymentMethod }: OrderContext) => ({
  orderId,
  amount: total,
  ...(paymentMethod !== undefined && { paymentMethod }),
}))

/** A step that must succeed in the end: what asks for it, and what may answer. */
export interface MustSucceed {
  readonly step: Step
  /** The name under which a person knows it: the command's type without its version. */
  readonly effect: string
  readonly ask: ReturnType<typeof command<never, OrderContext>>
  readonly done: readonly MessageContract[]
  readonly refused?: MessageContract
  /** Named to the person when money is at stake. */
  readonly amount?: (context: OrderContext) => Created['total']
}

const total = ({ total: amount }: OrderContext) => amount

export const withdrawCheck: MustSucceed = {
  step: 'withdraw',
  effect: 'fraud.withdraw',
  ask: command(fraudWithdraw, ofOrder),
  done: [fraudWithdrawn],
}
export const refund: MustSucceed = {
  step: 'refund',
  effect: 'payment.refund',
  ask: command(paymentRefund, ({ orderId, total: amount }: OrderContext) => ({ orderId, amount })),
  done: [paymentRefunded, paymentVoided],
  refused: paymentRefundFailed,
  amount: total,
}
export const release: MustSucceed = {
  step: 'release',
  effect: 'inventory.release',
  ask: command(inventoryRelease, ofStock),
  done: [inventoryReleased],
}
export const commit: MustSucceed = {
  step: 'commit',
  effect: 'inventory.commit',
  ask: command(inventoryCommit, ofStock),
  done: [inventoryCommitted],
  refused: inventoryFailed,
}
export const confirm: MustSucceed = {
  step: 'confirm',
  effect: 'order.confirm',
  ask: command(orderConfirm, ofOrder),
  done: [orderConfirmed],
}
export const cancel: MustSucceed = {
  step: 'cancel',
  effect: 'order.cancel',
  ask: command(orderCancel, ({ orderId, reason = 'not fulfilled' }: OrderContext) => ({ orderId, reason })),
  done: [orderCancelled],
}

export const triesOf = ({ tries }: OrderContext, step: Step): Tries => tries[step] ?? { refused: 0, silent: 0 }

/** What a person is asked about a step that was given up for now. */
export const personFor = ({ step, effect, amount }: MustSucceed, context: OrderContext): PersonNeeded => {
  const { refused, silent, refusal } = triesOf(context, step)
  const counts = [refused > 0 ? `refused ${refused} times` : '', silent > 0 ? `${silent} requests without a reply` : '']
  const said = counts.filter((text) => text !== '').join(', ')
  return {
    effect,
    ...(amount && { amount: amount(context) }),
    reason: toReason(refusal === undefined ? said : `${said}; last refusal: ${refusal}`),
  }
}

export const failOrder = (step: MustSucceed) =>
  command(orderFail, (context: OrderContext) => ({ orderId: context.orderId, ...personFor(step, context) }))

/** The wait doubles with every refusal, no longer than this: a provider that is back is noticed within the hour. */
const MAX_BACKOFF_MS = 3_600_000
/** Sagas that were refused together do not come back together: 80 to 120 % of the wait, the same in every replay. */
const JITTER = 0.4

export const backoffMs = (context: OrderContext, step: Step, firstMs: number): number => {
  const { refused } = triesOf(context, step)
  const plainMs = Math.min(firstMs * 2 ** Math.max(0, refused - 1), MAX_BACKOFF_MS)
  return plainMs * (1 - JITTER / 2 + JITTER * fractionOf(`${context.sagaId}/${step}/${refused}`))
}

/** Why the order is undone, from the event that decided it. */
export const reasonOf = (event: OrderEvent): string => {
  if (event.type === 'inventory.failed.v1') return toReason(`stock: ${event.data.reason}`)
  if (event.type === 'payment.failed.v1') return toReason(`payment: ${event.data.reason}`)
  if (event.type === 'fraud.suspected.v1') return toReason(`fraud: ${event.data.reason}`)
  if (event.type === 'operator.cancel') return toReason(`cancelled by an operator: ${event.reason}`)
  if (event.type !== 'order.cancel-requested.v1') return 'not fulfilled'
  const { reason } = event.data
  return toReason(`cancelled by the customer${reason === undefined ? '' : `: ${reason}`}`)
}
