import type { Stripe } from 'stripe'
import type { CancelOutcome, Charged } from '../gateway.ts'
import { faultOf } from './stripe-errors.ts'

/** How soon an intent that the bank is working on is looked at again. */
const PROCESSING_MS = 1_000

export const PROCESSING = { kind: 'pending', afterMs: PROCESSING_MS } as const

export const chargedAs = ({ id, amount, currency }: Stripe.PaymentIntent): Charged => ({
  kind: 'charged',
  reference: id,
  amount: { amount, currency: currency.toUpperCase() },
})

/**
 * Ends an intent for ever, unless it was charged. Safe to repeat by its state alone, so it needs no key of ours: a key
 * would repeat a stored failure.
 */
export const cancelIntent = async (stripe: Stripe, id: string): Promise<CancelOutcome> => {
  try {
    return outcomeOf(await stripe.paymentIntents.cancel(id))
  } catch (error) {
    if (faultOf(error) !== 'wrong-state') throw error
    return outcomeOf(await stripe.paymentIntents.retrieve(id))
  }
}

const outcomeOf = (intent: Stripe.PaymentIntent): CancelOutcome => {
  if (intent.status === 'canceled') return { kind: 'voided' }
  return intent.status === 'succeeded' ? chargedAs(intent) : PROCESSING
}
