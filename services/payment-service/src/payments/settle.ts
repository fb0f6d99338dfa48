import { paymentFailed, paymentRefunded, paymentRefundFailed, paymentVoided, toReason } from '@skald/contracts'
import type { Answer, Rows, Turn } from '@skald/messaging'
import type { CallStart, Lease } from '../calls/call.ts'
import { beginRefund } from './begin-refund.ts'
import type { CancelOutcome, Charged, ChargeOutcome, RefundOutcome, Undecided } from './gateway.ts'
import { closeCharges, closeRefunds, confirmed } from './open-commands.ts'
import {
  type CallKind,
  chargedAmountOf,
  chargeKeyOf,
  keyOf,
  type Payment,
  transactionOf,
  withTransaction,
} from './payment.ts'

/** A result that is recorded, by the call that it is of. */
export type Definite =
  | { readonly call: 'charge'; readonly outcome: Exclude<ChargeOutcome, Undecided> }
  | { readonly call: 'void'; readonly outcome: Exclude<CancelOutcome, Undecided> }
  | { readonly call: 'refund'; readonly outcome: Exclude<RefundOutcome, Undecided> }

export interface Settled {
  readonly payment: Payment
  readonly answers: readonly Answer[]
  /** The call that follows from this result. */
  readonly starts?: CallStart
}

export interface SettleContext {
  readonly rows: Rows
  readonly turn: Turn
  readonly lease: Lease
}

/** What a definite result of the call under `key` makes of the payment, and whom it answers. */
export const settle = (payment: Payment, key: string, result: Definite, context: SettleContext): Settled => {
  const { turn } = context
  switch (result.call) {
    case 'charge':
      if (result.outcome.kind === 'prepared') return prepared(payment, key, 'charge', result.outcome.reference)
      if (result.outcome.kind === 'charged') return charged(payment, result.outcome, turn)
      return chargeRefused(payment, toReason(result.outcome.reason), turn)
    case 'void':
      if (result.outcome.kind === 'charged') return cancelCameTooLate(payment, result.outcome, context)
      return voided(payment, turn)
    case 'refund':
      if (result.outcome.kind === 'prepared') return prepared(payment, key, 'refund', result.outcome.reference)
      if (result.outcome.kind === 'refunded') return refunded(payment, key, result.outcome.reference, turn)
      return refundRefused(payment, key, toReason(result.outcome.reason), turn)
  }
}

/** Nothing moved yet; what was prepared is known before anything can. The call stays the payment's call. */
const prepared = (payment: Payment, key: string, kind: CallKind, gatewayReference: string): Settled => {
  const atMs = transactionOf(payment, key)?.atMs ?? payment.created_at
  return {
    payment: withTransaction(payment, key, { kind, status: 'PENDING', atMs, gatewayReference }),
    answers: [],
  }
}

const recordCharge = (payment: Payment, { reference, amount }: Charged, { nowMs }: Turn): Payment => {
  // The order's own record of the amount stands; only a tombstone takes the gateway's.
  const known = payment.amount === null ? { ...payment, ...amount } : payment
  return withTransaction({ ...known, status: 'CONFIRMED', call: null }, chargeKeyOf(payment.order_id), {
    kind: 'charge',
    status: 'SUCCEEDED',
    atMs: nowMs,
    gatewayReference: reference,
  })
}

const charged = (payment: Payment, outcome: Charged, turn: Turn): Settled => {
  const paid = recordCharge(payment, outcome, turn)
  return closeCharges(paid, confirmed(paid))
}

const chargeRefused = (payment: Payment, reason: string, { nowMs }: Turn): Settled => {
  const failed = withTransaction({ ...payment, status: 'FAILED', call: null }, chargeKeyOf(payment.order_id), {
    kind: 'charge',
    status: 'FAILED',
    atMs: nowMs,
    reason,
  })
  return closeCharges(failed, paymentFailed({ orderId: payment.order_id, reason }))
}

const CANCELLED = 'it was cancelled before it was charged'

/** The gateway will refuse the charge for ever; whoever still waits for it is told so. */
const voided = (payment: Payment, { nowMs }: Turn): Settled => {
  const orderId = payment.order_id
  const chargeKey = chargeKeyOf(orderId)
  const stopped = transactionOf(payment, chargeKey)
    ? withTransaction(payment, chargeKey, { kind: 'charge', status: 'FAILED', atMs: nowMs, reason: CANCELLED })
    : payment
  const ended = withTransaction({ ...stopped, status: 'VOIDED', call: null }, keyOf(orderId, 'void', 0), {
    kind: 'void',
    status: 'SUCCEEDED',
    atMs: nowMs,
  })
  const charges = closeCharges(ended, paymentFailed({ orderId, reason: CANCELLED }))
  const refunds = closeRefunds(charges.payment, paymentVoided({ orderId }))
  return { payment: refunds.payment, answers: [...charges.answers, ...refunds.answers] }
}

/** The charge had been made. It is confirmed to whoever asked for it, since it is a fact, and then given back. */
const cancelCameTooLate = (payment: Payment, outcome: Charged, context: SettleContext): Settled => {
  const { payment: paid, answers } = charged(payment, outcome, context.turn)
  return { ...beginRefund(paid, context), answers }
}

const refunded = (payment: Payment, key: string, reference: string, { nowMs }: Turn): Settled => {
  const orderId = payment.order_id
  const ended = withTransaction({ ...payment, status: 'REFUNDED', call: null }, key, {
    kind: 'refund',
    status: 'SUCCEEDED',
    atMs: nowMs,
    gatewayReference: reference,
  })
  return closeRefunds(ended, paymentRefunded({ orderId, amount: chargedAmountOf(payment) }))
}

/** The charge stands. The next command to refund is a new attempt under a new key. */
const refundRefused = (payment: Payment, key: string, reason: string, { nowMs }: Turn): Settled => {
  const orderId = payment.order_id
  const ended = withTransaction({ ...payment, call: null }, key, {
    kind: 'refund',
    status: 'FAILED',
    atMs: nowMs,
    reason,
  })
  return closeRefunds(ended, paymentRefundFailed({ orderId, amount: chargedAmountOf(payment), reason }))
}
