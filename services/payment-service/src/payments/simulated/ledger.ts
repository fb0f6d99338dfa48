import type { PaymentClient } from '@skald/database/payment'
import type { Money } from '../gateway.ts'

/** One movement of money, or refusal of one, in the gateway's own books. */
export interface LedgerEntry {
  readonly kind: 'charge' | 'refund' | 'void'
  readonly key: string
  readonly outcome: 'succeeded' | 'refused'
  /** Null for the void of a key that was never charged, when nobody said the amount. */
  readonly amount: Money | null
  readonly at: Date
}

export type ReadLedger = (orderId: string) => Promise<readonly LedgerEntry[]>

interface Sum {
  readonly amount: bigint | null
  readonly currency: string | null
}

const moneyOf = ({ amount, currency }: Sum): Money | null =>
  amount === null || currency === null ? null : { amount: Number(amount), currency }

const outcomeOf = (outcome: string | null): LedgerEntry['outcome'] => (outcome === 'succeeded' ? outcome : 'refused')

interface ChargeRow extends Sum {
  readonly key: string
  readonly outcome: string | null
  readonly settled_at: Date | null
  readonly voided_at: Date | null
  readonly void_key: string | null
}

/** One row holds both what became of the charge and what became of its cancelling. */
const entriesOf = (row: ChargeRow): LedgerEntry[] => {
  const { key, outcome, settled_at, voided_at, void_key } = row
  const amount = moneyOf(row)
  const entries: LedgerEntry[] = []
  if (settled_at) entries.push({ kind: 'charge', key, outcome: outcomeOf(outcome), amount, at: settled_at })
  if (voided_at) entries.push({ kind: 'void', key: void_key ?? key, outcome: 'succeeded', amount, at: voided_at })
  return entries
}

/** Reads what really happened to an order's money, whatever payment-service believes. Oldest first. */
export const ledgerReading =
  ({ gatewayCharge, gatewayRefund }: PaymentClient): ReadLedger =>
  async (orderId) => {
    const where = { where: { order_id: orderId } }
    const [charges, refunds] = await Promise.all([gatewayCharge.findMany(where), gatewayRefund.findMany(where)])
    const givenBack = refunds.map((row): LedgerEntry => {
      const { key, outcome, settled_at } = row
      return { kind: 'refund', key, outcome: outcomeOf(outcome), amount: moneyOf(row), at: settled_at }
    })
    return [...charges.flatMap(entriesOf), ...givenBack].sort((a, b) => a.at.getTime() - b.at.getTime())
  }
