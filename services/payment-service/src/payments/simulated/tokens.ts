import { fractionOf } from '../fraction.ts'

/** How a charge with a token behaves. */
export type Behaviour =
  | { readonly kind: 'approved' }
  | { readonly kind: 'declined'; readonly reason: string }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'flaky'; readonly failures: number }
  /** Nothing is charged and nothing answered. */
  | { readonly kind: 'silent' }
  /** Charged, but every answer about the charge is lost. */
  | { readonly kind: 'lost-reply'; readonly refusedRefunds: number }

const MAX_SLOW_MS = 600_000
const TOKEN = /^sim_(approved|declined|silent|lost_reply|slow|flaky|refund_fails)(?:_(0|[1-9][0-9]{0,8}))?$/

const withNumber = (name: string, number: number): Behaviour | undefined => {
  if (name === 'slow' && number <= MAX_SLOW_MS) return { kind: 'slow', delayMs: number }
  if (name === 'flaky') return { kind: 'flaky', failures: number }
  if (name === 'refund_fails') return { kind: 'lost-reply', refusedRefunds: number }
  return undefined
}

const WITHOUT_NUMBER: Readonly<Record<string, Behaviour>> = {
  approved: { kind: 'approved' },
  declined: { kind: 'declined', reason: 'the card was declined' },
  silent: { kind: 'silent' },
  lost_reply: { kind: 'lost-reply', refusedRefunds: 0 },
}

/** What a token asks for; undefined for one that is not of this gateway. */
const behaviourOf = (token: string): Behaviour | undefined => {
  const [, name = '', number] = TOKEN.exec(token) ?? []
  return number === undefined ? WITHOUT_NUMBER[name] : withNumber(name, Number(number))
}

export interface Chance {
  /** Share of charges without a token that succeed, 0 to 1. */
  readonly successRate: number
}

/** The same charge behaves the same for ever: by its token, or by a hash of its order. */
export const behaviour = (token: string | null, orderId: string, { successRate }: Chance): Behaviour => {
  if (token !== null) return behaviourOf(token) ?? { kind: 'declined', reason: 'the payment method is not known' }
  if (fractionOf(orderId) < successRate) return { kind: 'approved' }
  return { kind: 'declined', reason: 'the card was declined' }
}
