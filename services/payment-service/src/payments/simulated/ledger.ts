import type { Pool } from 'pg'
import type { Money } from '../gateway.ts'

/** One movement of money, or refusal of one, in the gateway's own books. */
export interface LedgerEntry {
  readonly kind: 'charge' | 'refund' | 'void'
  readonly key: string
  readonly outcome: 'succeeded' | 'refused'
  /** Null for the void of a key that was never charged, when nobody said the amount. */
  readonly amount: Money | null
  readonly atMs: number
}

export type ReadLedger = (orderId: string) => Promise<readonly LedgerEntry[]>

const ENTRIES = `
  SELECT kind, key, outcome, amount, currency, date_part('epoch', at) * 1000 AS at_ms FROM (
    SELECT 'charge' AS kind, key, outcome, amount, currency, settled_at AS at
      FROM gateway.charge WHERE order_id = $1 AND outcome IS NOT NULL
    UNION ALL
    SELECT 'void', coalesce(void_key, key), 'succeeded', amount, currency, voided_at
      FROM gateway.charge WHERE order_id = $1 AND voided_at IS NOT NULL
    UNION ALL
    SELECT 'refund', key, outcome, amount, currency, settled_at
      FROM gateway.refund WHERE order_id = $1
  ) AS entry
  ORDER BY at, kind, key`

interface Fields {
  readonly kind: LedgerEntry['kind']
  readonly key: string
  readonly outcome: LedgerEntry['outcome']
  readonly amount: string | null
  readonly currency: string | null
  readonly at_ms: number
}

/** Reads what really happened to an order's money, whatever payment-service believes. Oldest first. */
export const ledgerReading =
  (pool: Pool): ReadLedger =>
  async (orderId) => {
    const { rows } = await pool.query<Fields>(ENTRIES, [orderId])
    return rows.map(({ kind, key, outcome, amount, currency, at_ms }) => ({
      kind,
      key,
      outcome,
      amount: amount === null || currency === null ? null : { amount: Number(amount), currency },
      atMs: at_ms,
    }))
  }
