/** How an order may end: the order's status and its saga's. */
export type Ending = 'CONFIRMED' | 'CANCELLED' | 'NEEDS_ATTENTION'

export interface Kind {
  readonly name: string
  readonly paymentMethod?: string
  /** Asked for far more than there is. */
  readonly tooMuch?: boolean
  /** The customer cancels right after ordering. */
  readonly cancels?: boolean
  readonly endings: readonly Ending[]
}

/** Every way an order can go. Which ending a kind may have is what the names of the tokens promise. */
export const kinds: readonly Kind[] = [
  { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] },
  { name: 'declined', paymentMethod: 'sim_declined', endings: ['CANCELLED'] },
  { name: 'no token', endings: ['CONFIRMED', 'CANCELLED'] },
  { name: 'slow', paymentMethod: 'sim_slow_1500', endings: ['CONFIRMED'] },
  { name: 'flaky', paymentMethod: 'sim_flaky_3', endings: ['CONFIRMED'] },
  { name: 'silent', paymentMethod: 'sim_silent', endings: ['CANCELLED'] },
  { name: 'lost reply', paymentMethod: 'sim_lost_reply', endings: ['CANCELLED'] },
  { name: 'refund fails', paymentMethod: 'sim_refund_fails_2', endings: ['CANCELLED'] },
  { name: 'out of stock', paymentMethod: 'sim_approved', tooMuch: true, endings: ['CANCELLED'] },
  { name: 'cancelled', paymentMethod: 'sim_slow_1500', cancels: true, endings: ['CONFIRMED', 'CANCELLED'] },
]

const declined: Kind = { name: 'declined', paymentMethod: 'sim_declined', endings: ['CANCELLED'] }
const approved: Kind = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] }

/** The kind of the n-th order: every kind in turn, or approved and declined ones in the given share. */
export const kindOf = (index: number, successRate: number | undefined): Kind => {
  if (successRate === undefined) return kinds[index % kinds.length] ?? approved
  // Spread evenly, so that any number of orders comes close to the share.
  const before = Math.floor(index * successRate)
  return Math.floor((index + 1) * successRate) > before ? approved : declined
}
