import type { Said } from '@skald/messaging'
import type { Definition } from '@skald/saga'

/** An amount that a command asks for. At most: a participant may find that there is nothing to give back. */
export interface Money {
  readonly type: string
  readonly amount: number
  readonly currency: string
  /** From the customer's view: taken from them, or given back. */
  readonly direction: 'taken' | 'returned'
}

/** What the commands among these would move: one that undoes another gives back what that one took. */
export const moneyIn = (says: readonly Said[], definitions: readonly Definition[]): readonly Money[] =>
  says.flatMap(({ type, data }) => {
    const facts = definitions.map(({ commands }) => commands.get(type)).find((found) => found !== undefined)
    const money = facts && amountOf(data)
    return money ? [{ type, ...money, direction: facts.undoes === undefined ? 'taken' : 'returned' }] : []
  })

const amountOf = (data: unknown): Pick<Money, 'amount' | 'currency'> | undefined => {
  if (typeof data !== 'object' || data === null || !('amount' in data)) return undefined
  const money = data.amount
  if (typeof money !== 'object' || money === null || !('amount' in money && 'currency' in money)) return undefined
  const { amount, currency } = money
  return typeof amount === 'number' && typeof currency === 'string' ? { amount, currency } : undefined
}
