import type { Report } from '@skald/e2e'

/** What ./scripts/verify found, in a clause. */
export const verdict = ({ checked, orders, violations }: Report): string =>
  `${checked} invariants over ${orders.toLocaleString('en')} orders: ${violations.length} broken`

export const brokenIn = ({ violations }: Report): readonly string[] =>
  violations.map(({ invariant, detail }) => `${invariant}: ${detail}`)
