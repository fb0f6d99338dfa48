import type { Stripe } from 'stripe'
import type { ChargeCall, ChargeOutcome } from '../gateway.ts'
import { faultOf, reasonOf } from './stripe-errors.ts'
import { cancelIntent, chargedAs, PROCESSING } from './stripe-intents.ts'

const DECLINED = 'the payment was declined'
const NEEDS_CUSTOMER = 'it needs an action of the customer'

/**
 * Two requests with a commit between them: an intent is made, which moves no money, and its id recorded; then that
 * intent is confirmed. An intent is charged once at most, whatever is repeated, and its id answers every question later,
 * also when the keys of both requests are forgotten (a day) or repeat a stored failure.
 */
export const chargeWith = async (stripe: Stripe, call: ChargeCall): Promise<ChargeOutcome> => {
  const { paymentMethod, reference, attempts } = call
  if (paymentMethod === null) return { kind: 'refused', reason: 'a payment method is needed' }
  if (paymentMethod.startsWith('sim_'))
    return { kind: 'refused', reason: 'this payment method is of the simulated gateway' }
  if (reference === null) return prepare(stripe, call)
  // An earlier try may have been heard: the intent knows.
  const confirmation = { ...call, reference, paymentMethod }
  return attempts > 0 ? look(stripe, confirmation) : confirm(stripe, confirmation)
}

interface Confirmation extends ChargeCall {
  readonly reference: string
  readonly paymentMethod: string
}

/** The method comes with the confirmation: the same intent can be made again from the amount alone. */
const prepare = async (stripe: Stripe, { key, orderId, amount, attempts }: ChargeCall): Promise<ChargeOutcome> => {
  const create = (idempotencyKey: string) =>
    stripe.paymentIntents.create(
      {
        amount: amount.amount,
        currency: amount.currency.toLowerCase(),
        metadata: { orderId, key },
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      },
      { idempotencyKey },
    )
  try {
    return { kind: 'prepared', reference: (await create(`${key}/create`)).id }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === 'invalid' || fault === 'declined') return { kind: 'refused', reason: reasonOf(error) }
    if (fault !== 'stored') throw error
    // A second intent costs nothing: only the one that is recorded is ever confirmed.
    return { kind: 'prepared', reference: (await create(`${key}/create/${attempts}`)).id }
  }
}

const confirm = async (stripe: Stripe, call: Confirmation): Promise<ChargeOutcome> => {
  try {
    return await confirmUnder(stripe, call, `${call.key}/confirm`)
  } catch (error) {
    const fault = faultOf(error)
    if (fault !== 'wrong-state' && fault !== 'stored') throw error
    return look(stripe, call)
  }
}

const confirmUnder = async (stripe: Stripe, call: Confirmation, idempotencyKey: string): Promise<ChargeOutcome> => {
  const { reference, paymentMethod } = call
  try {
    const intent = await stripe.paymentIntents.confirm(
      reference,
      { payment_method: paymentMethod, error_on_requires_action: true },
      { idempotencyKey },
    )
    return await (byStatus(stripe, intent) ?? refuse(stripe, reference, DECLINED))
  } catch (error) {
    const fault = faultOf(error)
    if (fault === 'declined' || fault === 'invalid') return refuse(stripe, reference, reasonOf(error))
    throw error
  }
}

/** What an intent says of a charge; undefined when it can still be confirmed. */
const byStatus = (stripe: Stripe, intent: Stripe.PaymentIntent): ChargeOutcome | Promise<ChargeOutcome> | undefined => {
  const { id, status, last_payment_error: failure } = intent
  if (status === 'succeeded') return chargedAs(intent)
  if (status === 'canceled') return { kind: 'refused', reason: failure?.message ?? 'it was cancelled' }
  if (status === 'processing') return PROCESSING
  if (status === 'requires_action' || status === 'requires_capture') return refuse(stripe, id, NEEDS_CUSTOMER)
  return failure ? refuse(stripe, id, failure.message ?? DECLINED) : undefined
}

/** Not yet charged, the first confirmation was not heard, or failed inside Stripe under a key that will repeat that: so a new one. */
const look = async (stripe: Stripe, call: Confirmation): Promise<ChargeOutcome> => {
  const intent = await stripe.paymentIntents.retrieve(call.reference)
  return byStatus(stripe, intent) ?? confirmUnder(stripe, call, `${call.key}/confirm/${call.attempts}`)
}

/** A refusal is definite once nothing can charge the intent any more. */
const refuse = async (stripe: Stripe, id: string, reason: string): Promise<ChargeOutcome> => {
  const outcome = await cancelIntent(stripe, id)
  return outcome.kind === 'voided' ? { kind: 'refused', reason } : outcome
}
