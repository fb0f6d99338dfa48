import { Stripe } from 'stripe'

/**
 * declined     the card's bank said no: definite.
 * invalid      Stripe will never take this request as it is: definite.
 * wrong-state  the thing was decided meanwhile; its state says how.
 * already      it was given back before.
 * stored       the server failed, and this key repeats that failure for ever: the thing's state says what happened.
 * unknown      everything else: no connection, no answer, 409 (the same call is under way), 429, 5xx, our own credentials.
 */
export type StripeFault = 'declined' | 'invalid' | 'wrong-state' | 'already' | 'stored' | 'unknown'

const { StripeError, StripeCardError, StripeInvalidRequestError } = Stripe.errors

export const faultOf = (error: unknown): StripeFault => {
  if (!(error instanceof StripeError)) return 'unknown'
  if (error instanceof StripeCardError) return 'declined'
  if ((error.statusCode ?? 0) >= 500) return error.headers?.['idempotent-replayed'] === 'true' ? 'stored' : 'unknown'
  if (!(error instanceof StripeInvalidRequestError)) return 'unknown'
  if (error.code === 'payment_intent_unexpected_state') return 'wrong-state'
  return error.code === 'charge_already_refunded' ? 'already' : 'invalid'
}

/** What Stripe says to people; the parts of an error that name requests, parameters or keys stay behind. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : 'refused')
