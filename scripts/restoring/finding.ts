/**
 * heals: the services do it by themselves once they run. repaired: said or started again by the repair. person: nobody who is
 * left knows what is right, or may do it.
 */
export type Verdict = 'heals' | 'repaired' | 'person'

/** What a restore leaves behind; docs/restore.md explains each. */
export type Discrepancy =
  | 'order-lost'
  | 'payment-behind-the-books'
  | 'command-forgotten'
  | 'saga-lost'
  | 'saga-behind'
  | 'cancel-lost'
  | 'dead-letter-unlisted'
  | 'saga-waits'
  | 'call-unanswered'
  | 'decided-both-ways'
  | 'charge-missing'
  | 'stock-short'
  | 'order-unknown'
  | 'settled-by-hand'
  | 'product-outdated'

export interface Finding {
  readonly verdict: Verdict
  readonly discrepancy: Discrepancy
  readonly orderId?: string
  readonly sagaId?: string
  readonly amount?: { readonly amount: number; readonly currency: string }
  /** What is, or is to be, done; for a person: why, and what they can do. */
  readonly detail: string
}

/** A finding, and what brings it in order. */
export interface Repair {
  readonly finding: Finding
  /** Gives what came of it, where that is not what was foreseen. */
  readonly carryOut?: () => Promise<Finding | undefined>
}
