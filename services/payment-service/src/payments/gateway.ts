/**
 * What payment-service needs of a payment gateway. Three calls, each under a key of its own: the same call under the
 * same key happens once, however often it is made. Two kinds of outcome: definite ones, which are recorded and never
 * asked for again, and the others, after which the same call is made again under the same key. A call that throws, or
 * does not answer within `timeLimitMs`, counts as 'unknown': it may have happened.
 */
export interface Gateway {
  /** How long one call may take. Longer delays the next try of a call whose answer was lost, shorter asks twice for slow answers. */
  readonly timeLimitMs: number
  charge(call: ChargeCall): Promise<ChargeOutcome>
  /** Decides the race with a charge: once it answered 'voided', a charge under `chargeKey` is refused for ever. */
  cancel(call: CancelCall): Promise<CancelOutcome>
  refund(call: RefundCall): Promise<RefundOutcome>
}

/** `amount` is an integer of minor units (cents). */
export interface Money {
  readonly amount: number
  readonly currency: string
}

interface Call {
  /** Idempotency key: order, kind of call, number of definite refusals before. */
  readonly key: string
  readonly orderId: string
  /** Tries before this one whose outcome is not known. */
  readonly attempts: number
  /** What an earlier try of this call prepared. */
  readonly reference: string | null
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

export interface ChargeCall extends Call {
  readonly amount: Money
  readonly paymentMethod: string | null
}

interface AboutCharge extends Call {
  readonly chargeKey: string
  /** The gateway's name of what was prepared or charged; null when nothing was ever prepared. */
  readonly chargeReference: string | null
}

export interface CancelCall extends AboutCharge {
  /** Null when an undo came before its charge and did not say the amount. */
  readonly amount: Money | null
}

export interface RefundCall extends AboutCharge {
  readonly amount: Money
}

export interface Charged {
  readonly kind: 'charged'
  readonly reference: string
  readonly amount: Money
}

/** Definitely not done, and never will be under this key. */
export interface Refused {
  readonly kind: 'refused'
  readonly reason: string
}

/** Nothing happened yet. The reference is to be committed, then the call made again with it: only then money may move. */
export interface Prepared {
  readonly kind: 'prepared'
  readonly reference: string
}

export type Undecided =
  /** A transient failure, or no answer: the call is made again after a growing wait. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The gateway is at it and says when to ask again. */
  | { readonly kind: 'pending'; readonly afterMs: number }

export type ChargeOutcome = Charged | Refused | Prepared | Undecided
export type CancelOutcome = { readonly kind: 'voided' } | Charged | Undecided
export type RefundOutcome = { readonly kind: 'refunded'; readonly reference: string } | Refused | Prepared | Undecided
