import type { Stripe } from 'stripe'
import type { RefundCall, RefundOutcome } from '../gateway.ts'
import { faultOf, reasonOf } from './stripe-errors.ts'

/** A refund may take the bank days; it is asked about at this pace. */
const REFUND_PENDING_MS = 10_000
/** More refunds of one intent than we ever make. */
const MAX_LISTED = 100

/**
 * Gives the whole charge back. Stripe never gives back more than was charged, so a refund that is asked for twice, even
 * under two keys, is made once.
 */
export const refundWith = async (stripe: Stripe, call: RefundCall): Promise<RefundOutcome> => {
  const { chargeReference, reference, key } = call
  if (chargeReference === null) return { kind: 'refused', reason: 'nothing was charged' }
  if (reference !== null) return byStatus(await stripe.refunds.retrieve(reference), true)
  try {
    return byStatus(await create(stripe, call, chargeReference, key), false)
  } catch (error) {
    const fault = faultOf(error)
    if (fault === 'already') return givenBack(stripe, chargeReference)
    if (fault === 'invalid' || fault === 'declined') return { kind: 'refused', reason: reasonOf(error) }
    if (fault !== 'stored') throw error
    const made = (await refundsOf(stripe, chargeReference)).find(({ metadata }) => metadata?.['key'] === key)
    return byStatus(made ?? (await create(stripe, call, chargeReference, `${key}/${call.attempts}`)), false)
  }
}

const create = (stripe: Stripe, { key, orderId, amount }: RefundCall, intentId: string, idempotencyKey: string) =>
  stripe.refunds.create(
    { payment_intent: intentId, amount: amount.amount, metadata: { orderId, key } },
    { idempotencyKey },
  )

const refundsOf = async (stripe: Stripe, intentId: string): Promise<readonly Stripe.Refund[]> =>
  (await stripe.refunds.list({ payment_intent: intentId, limit: MAX_LISTED })).data

/** A person may have given it back by hand: the money is where it should be. */
const givenBack = async (stripe: Stripe, intentId: string): Promise<RefundOutcome> => {
  const made = (await refundsOf(stripe, intentId)).find(({ status }) => status === 'succeeded' || status === 'pending')
  return made ? byStatus(made, false) : { kind: 'refunded', reference: intentId }
}

const byStatus = ({ id, status, failure_reason }: Stripe.Refund, isRecorded: boolean): RefundOutcome => {
  if (status === 'succeeded') return { kind: 'refunded', reference: id }
  if (status === 'failed' || status === 'canceled') {
    return { kind: 'refused', reason: `the refund ${status}: ${failure_reason ?? 'no reason was given'}` }
  }
  return isRecorded ? { kind: 'pending', afterMs: REFUND_PENDING_MS } : { kind: 'prepared', reference: id }
}
