import type { Pool } from 'pg'
import type { Payment } from '../payments/payment.ts'

/** What people are shown of a payment. */
export type PaymentView = Pick<Payment, 'order_id' | 'status' | 'amount' | 'currency' | 'transactions'>

/** Looks outside any batch: for people. Old by the time it is used. */
export type ReadPayment = (orderId: string) => Promise<PaymentView | undefined>

const BY_ORDER = 'SELECT order_id, status, amount, currency, transactions FROM payment WHERE order_id = $1'

/** bigint arrives as text, since it may exceed what a number holds; ours never do. */
type Fields = Omit<PaymentView, 'amount' | 'transactions'> & { amount: string | null; transactions: string }

export const paymentReading =
  (pool: Pool): ReadPayment =>
  async (orderId) => {
    const { rows } = await pool.query<Fields>(BY_ORDER, [orderId])
    const [row] = rows
    if (!row) return undefined
    const { amount, transactions } = row
    return { ...row, amount: amount === null ? null : Number(amount), transactions: JSON.parse(transactions) }
  }
