import type { PaymentClient } from '@skald/database/payment'
import type { PaymentStatus, Transaction } from '../payments/payment.ts'

/** What people are shown of a payment. */
export interface PaymentView {
  readonly status: PaymentStatus
  readonly amount: number | null
  readonly currency: string | null
  readonly transactions: readonly Transaction[]
}

/** Looks outside any batch: for people. Old by the time it is used. */
export type ReadPayment = (orderId: string) => Promise<PaymentView | undefined>

const select = { status: true, amount: true, currency: true, transactions: true } as const

export const paymentReading =
  ({ payment }: PaymentClient): ReadPayment =>
  async (orderId) => {
    const row = await payment.findUnique({ where: { order_id: orderId }, select })
    if (!row) return undefined
    const { status, amount, currency, transactions } = row
    return {
      // Both columns are written by this service alone, from these types.
      status: status as PaymentStatus,
      transactions: JSON.parse(transactions) as readonly Transaction[],
      amount: amount === null ? null : Number(amount),
      currency,
    }
  }
