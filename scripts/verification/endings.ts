import { isIn } from './definitions.ts'
import type { Facts, SagaFact } from './facts.ts'

/** What an order and everything about it must be, by how its saga ended. */
interface Ending {
  readonly order: string
  readonly reservations: readonly string[]
  readonly payments: readonly string[]
}

const ENDINGS: Readonly<Record<string, Ending>> = {
  COMPLETED: { order: 'CONFIRMED', reservations: ['COMMITTED'], payments: ['CONFIRMED'] },
  COMPENSATED: {
    order: 'CANCELLED',
    reservations: ['none', 'RELEASED', 'REJECTED'],
    payments: ['none', 'FAILED', 'REFUNDED', 'VOIDED'],
  },
}

/** Undefined while the saga lives. */
export const endingOf = ({ status, ended }: SagaFact): Ending | undefined => (ended ? ENDINGS[status] : undefined)

/** Whether a person settled one of these effects of the saga by hand: what became of it, nobody here can know. */
export const byHand = ({ histories }: Facts, { saga_id }: SagaFact, ...effects: readonly string[]): boolean =>
  histories.settledByHand.get(saga_id)?.some(({ effect }) => effects.includes(effect)) ?? false

/** The order's statuses that fit its saga. Told to end, an order may have done so before its saga hears of it. */
export const orderStatuses = (facts: Facts, saga: SagaFact): readonly string[] => {
  const ending = endingOf(saga)
  if (ending) return byHand(facts, saga, 'order.confirm', 'order.cancel') ? [ending.order, 'PENDING'] : [ending.order]
  const { value = '' } = JSON.parse(saga.state ?? 'null') ?? {}
  if (isIn(value, 'completing')) return ['PENDING', 'CONFIRMED']
  return isIn(value, 'cancellingOrder') ? ['PENDING', 'CANCELLED'] : ['PENDING']
}
