import { type Message, type Table, table } from '@skald/messaging'
import type { Money } from './gateway.ts'

/**
 * PENDING: the gateway has not decided. CONFIRMED: charged. FAILED: refused. REFUNDED: charged, and given back.
 * VOIDED: undone before anything was charged.
 */
export type PaymentStatus = 'PENDING' | 'CONFIRMED' | 'FAILED' | 'REFUNDED' | 'VOIDED'

export type CallKind = 'charge' | 'void' | 'refund'

/** What the gateway was asked under one key, and what came of it. */
export interface Transaction {
  /** The gateway key. */
  readonly id: string
  readonly kind: CallKind
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED'
  /** Null for the void of a charge that nobody knew, when the undo did not say the amount. */
  readonly amount: Money | null
  readonly atMs: number
  readonly gatewayReference: string | null
  /** Why it failed. */
  readonly reason: string | null
}

/** A command that was taken and not yet answered. Its inbox row is written with the answer. */
export interface OpenCommand {
  /** Without its data, which nobody needs again. */
  readonly message: Message<null>
  readonly digest: string
}

/**
 * The one row an order's payment has, kept for ever: it answers a do or an undo that comes when the inbox has
 * forgotten it. An undo that overtakes its charge makes the row itself, as a tombstone.
 */
export interface Payment {
  readonly order_id: string
  readonly status: PaymentStatus
  /** Null in a tombstone whose undo did not say the amount. */
  readonly amount: number | null
  readonly currency: string | null
  readonly payment_method: string | null
  /** An undo came. From then on a charge is refused. */
  readonly undone: boolean
  /** Key of the gateway call under way; results of any other call are not applied. */
  readonly call: string | null
  readonly transactions: readonly Transaction[]
  readonly open_commands: readonly OpenCommand[]
  readonly created_at: number
  readonly updated_at: number
}

export const payments: Table<Payment> = table<Payment>({
  name: 'payment',
  key: 'order_id',
  columns: {
    order_id: 'text',
    status: 'text',
    amount: 'bigint',
    currency: 'text',
    payment_method: 'text',
    undone: 'boolean',
    call: 'text',
    transactions: 'json',
    open_commands: 'json',
    created_at: 'time',
    updated_at: 'time',
  },
  remember: 'written',
})

/** A slash cannot be part of an order id, so keys of two orders are never the same. */
export const keyOf = (orderId: string, kind: CallKind, refusals: number): string => `${orderId}/${kind}/${refusals}`

/** A charge has one key for ever: after a definite refusal its order is over. */
export const chargeKeyOf = (orderId: string): string => keyOf(orderId, 'charge', 0)

export const totalOf = ({ amount, currency }: Payment): Money | null =>
  amount === null || currency === null ? null : { amount, currency }

/** The amount of a payment that was charged: it is known then. */
export const chargedAmountOf = (payment: Payment): Money => {
  const total = totalOf(payment)
  if (!total) throw new Error(`payment ${payment.order_id} was charged and has no amount`)
  return total
}

export const transactionOf = ({ transactions }: Payment, key: string): Transaction | undefined =>
  transactions.find(({ id }) => id === key)

export const refusedRefunds = ({ transactions }: Payment): number =>
  transactions.filter(({ kind, status }) => kind === 'refund' && status === 'FAILED').length

/** The transaction with this key as it is now: changed where it exists, added where not. */
export const withTransaction = (
  payment: Payment,
  key: string,
  change: Partial<Transaction> & Pick<Transaction, 'kind' | 'status' | 'atMs'>,
): Payment => {
  const before = transactionOf(payment, key)
  const blank = { id: key, amount: totalOf(payment), gatewayReference: null, reason: null }
  const after: Transaction = { ...blank, ...before, ...change }
  const transactions = before
    ? payment.transactions.map((known) => (known === before ? after : known))
    : [...payment.transactions, after]
  return { ...payment, transactions }
}
