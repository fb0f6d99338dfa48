import { type Kind, quickKinds } from '@skald/e2e'

export interface ChaosKind extends Kind {
  /** How often it is ordered, beside the others. */
  readonly weight: number
}

/** Payments with which something goes wrong, and which end by a deadline. */
const troubled: readonly ChaosKind[] = [
  { name: 'silent', paymentMethod: 'sim_silent', endings: ['CANCELLED'], weight: 1 },
  { name: 'lost reply', paymentMethod: 'sim_lost_reply', endings: ['CANCELLED'], weight: 1 },
  { name: 'refund refused once', paymentMethod: 'sim_refund_fails_1', endings: ['CANCELLED'], weight: 1 },
  // Answered about when the deadline ends: either may come first.
  { name: 'about the deadline', paymentMethod: 'sim_slow_20000', endings: ['CONFIRMED', 'CANCELLED'], weight: 1 },
]

const QUICK_WEIGHT = 3
const APPROVED_WEIGHT = 9

export const kinds: readonly ChaosKind[] = [
  ...quickKinds.map((kind) => ({ ...kind, weight: kind.name === 'approved' ? APPROVED_WEIGHT : QUICK_WEIGHT })),
  ...troubled,
]

export const hat: readonly ChaosKind[] = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind))
