import { type Table, table } from '@skald/messaging'

/**
 * The simulated gateway's own books, in a schema of its own that payment-service does not read. One row a charge key
 * holds everything that must not race: whether it was charged, cancelled, and how much of it was given back.
 */
export interface GatewayCharge {
  readonly key: string
  readonly order_id: string
  /** Null when the key was cancelled before any charge came. */
  readonly amount: number | null
  readonly currency: string | null
  readonly token: string | null
  readonly outcome: 'succeeded' | 'refused' | null
  readonly reason: string | null
  readonly first_called_at: number
  readonly settled_at: number | null
  /** Transient failures given so far. */
  readonly failures: number
  /** Set by a cancel that found nothing charged: from then on the key is refused. */
  readonly voided_at: number | null
  readonly void_key: string | null
  /** Minor units given back. */
  readonly refunded: number
  readonly refused_refunds: number
}

export const gatewayCharges: Table<GatewayCharge> = table<GatewayCharge>({
  name: 'gateway.charge',
  key: 'key',
  columns: {
    key: 'text',
    order_id: 'text',
    amount: 'bigint',
    currency: 'text',
    token: 'text',
    outcome: 'text',
    reason: 'text',
    first_called_at: 'time',
    settled_at: 'time',
    failures: 'integer',
    voided_at: 'time',
    void_key: 'text',
    refunded: 'bigint',
    refused_refunds: 'integer',
  },
  remember: 'written',
})

export interface GatewayRefund {
  readonly key: string
  readonly charge_key: string
  readonly order_id: string
  readonly amount: number
  readonly currency: string
  readonly outcome: 'succeeded' | 'refused'
  readonly reason: string | null
  readonly settled_at: number
}

export const gatewayRefunds: Table<GatewayRefund> = table<GatewayRefund>({
  name: 'gateway.refund',
  key: 'key',
  columns: {
    key: 'text',
    charge_key: 'text',
    order_id: 'text',
    amount: 'bigint',
    currency: 'text',
    outcome: 'text',
    reason: 'text',
    settled_at: 'time',
  },
})
