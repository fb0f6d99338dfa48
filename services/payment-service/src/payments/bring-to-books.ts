import { paymentFailed, paymentRefunded, paymentVoided } from '@skald/contracts'
import type { Request } from '@skald/host'
import { type Answer, tasks } from '@skald/messaging'
import type { Money } from './gateway.ts'
import { type Closed, closeCharges, closeRefunds, confirmed } from './open-commands.ts'
import { type Payment, type PaymentStatus, payments, type Transaction } from './payment.ts'

/** What the gateway's own books say of one of our keys. */
export interface BookEntry {
  readonly kind: Transaction['kind']
  readonly key: string
  readonly outcome: 'succeeded' | 'refused'
  readonly amount: Money | null
  readonly atMs: number
  readonly reference: string | null
  readonly reason: string | null
}

export interface BringToBooks {
  readonly orderId: string
  /** Oldest first. */
  readonly entries: readonly BookEntry[]
}

/**
 * Makes a payment what the gateway's books say, after the database was restored to a time before them: nothing is called and no
 * money moves. What still waits for the answer is answered, and a charge that is in the books is not asked for again: until its
 * lease has run out its saga could give up an order that others completed. A payment that knows as much is left alone, and so
 * is one that is being undone: that call is made again under its key, and answered from the books.
 */
export const bringToBooks: Request<BringToBooks, object> = {
  type: 'request:bring-to-books',
  rows: ({ data }) => [{ table: payments, key: data.orderId }],
  decide({ data }, rows, { nowMs }) {
    const known = rows.get(payments, data.orderId)
    const booked = asBooked(known ?? blank(data, nowMs), data.entries)
    if (known && !knowsLess(known, booked)) return { reply: {} }
    if (known?.call) rows.delete(tasks, known.call)
    const { payment, answers } = answered(booked)
    rows.put(payments, { ...payment, updated_at: nowMs })
    return { answers, reply: {} }
  },
}

const blank = ({ orderId, entries }: BringToBooks, nowMs: number): Payment => ({
  order_id: orderId,
  status: 'PENDING',
  amount: null,
  currency: null,
  payment_method: null,
  undone: false,
  call: null,
  transactions: [],
  open_commands: [],
  created_at: entries[0]?.atMs ?? nowMs,
  updated_at: nowMs,
})

const asBooked = (payment: Payment, entries: readonly BookEntry[]): Payment => {
  const total = entries.find(({ amount }) => amount !== null)?.amount
  const transactions = entries.map(
    ({ key, kind, outcome, amount, atMs, reference, reason }): Transaction => ({
      id: key,
      kind,
      status: outcome === 'succeeded' ? 'SUCCEEDED' : 'FAILED',
      amount,
      atMs,
      gatewayReference: reference,
      reason,
    }),
  )
  return {
    ...payment,
    status: bookedStatus(entries),
    amount: payment.amount ?? total?.amount ?? null,
    currency: payment.currency ?? total?.currency ?? null,
    undone: payment.undone || entries.some(({ kind }) => kind !== 'charge'),
    call: null,
    transactions,
  }
}

/** What a payment is, by the gateway's own books. */
export const bookedStatus = (entries: readonly BookEntry[]): PaymentStatus => {
  const has = (kind: BookEntry['kind'], outcome: BookEntry['outcome']): boolean =>
    entries.some((entry) => entry.kind === kind && entry.outcome === outcome)
  if (has('refund', 'succeeded')) return 'REFUNDED'
  if (has('charge', 'succeeded')) return 'CONFIRMED'
  return has('void', 'succeeded') ? 'VOIDED' : 'FAILED'
}

/** How far a payment is: what was charged may be given back, and nothing leads the other way. */
const RANK: Readonly<Record<PaymentStatus, number>> = { PENDING: 0, CONFIRMED: 1, FAILED: 1, VOIDED: 2, REFUNDED: 2 }

const knowsLess = (known: Payment, booked: Payment): boolean => {
  // Decided, and nothing to be undone: that it was refused and that it was cancelled are the same to everybody.
  if (known.status === 'FAILED' && booked.status === 'VOIDED') return false
  if (RANK[booked.status] === 2) return RANK[known.status] < 2
  if (known.call !== null && known.undone) return false
  return RANK[known.status] < RANK[booked.status] || (booked.undone && !known.undone)
}

/** Nobody waits for what is decided. */
const answered = (payment: Payment): { readonly payment: Payment; readonly answers: readonly Answer[] } => {
  const orderId = payment.order_id
  const isCharged = payment.status === 'CONFIRMED' || payment.status === 'REFUNDED'
  const reason = 'it was refused or cancelled, by the books of the gateway'
  const charges = closeCharges(payment, isCharged ? confirmed(payment) : paymentFailed({ orderId, reason }))
  const refunds = closingRefunds(charges.payment)
  return { payment: refunds.payment, answers: [...charges.answers, ...refunds.answers] }
}

const closingRefunds = (payment: Payment): Closed => {
  const { order_id: orderId, status, amount, currency } = payment
  if (status === 'CONFIRMED') return { payment, answers: [] }
  const isRefunded = status === 'REFUNDED' && amount !== null && currency !== null
  return closeRefunds(
    payment,
    isRefunded ? paymentRefunded({ orderId, amount: { amount, currency } }) : paymentVoided({ orderId }),
  )
}
