import { type DataOf, orderCreated } from '@skald/contracts'
import { envelop, type Message, timeOf } from '@skald/messaging'
import { requestCancel, restoreOrder } from '@skald/order-service'
import { bookedStatus, bringToBooks } from '@skald/payment-service'
import type { PaymentFact } from './books.ts'
import type { Place } from './bring.ts'
import { decidedBy, keptOf } from './evidence.ts'
import type { Finding, Repair } from './finding.ts'
import { evidenceOf, type Knowledge } from './knowledge.ts'
import { broughtOr } from './of-sagas.ts'
import type { OrderFact, SagaFact } from './remembered.ts'

/* What is found where order-service, payment-service or the gateway's books remember the order. */

/** Orders that others remember and order-service does not: `created` is what was announced of them. */
export function* lostOrders({ services }: Place, { orders }: Knowledge, created: Iterable<Message>): Iterable<Repair> {
  for (const message of created) {
    const orderId = message.subject
    if (orders.has(orderId)) continue
    const data = message.data as DataOf<typeof orderCreated>
    const createdAtMs = createdAtMsOf(message)
    const sagaId = message.correlationId
    const detail = 'is put back as it was taken; the Idempotency-Key under which it was placed is lost'
    yield {
      finding: { verdict: 'repaired', discrepancy: 'order-lost', orderId, sagaId, amount: data.total, detail },
      carryOut: async () => {
        await services.order.ask(restoreOrder, { created: data, sagaId, createdAtMs }, { subject: orderId })
        return undefined
      },
    }
  }
}

/** Orders that the stream alone remembers, as they will be: a dry run puts none of them back. */
export const ordersToBe = ({ orders, streams }: Knowledge): readonly OrderFact[] =>
  [...streams.created.values()].flatMap((message) => {
    const created = message.data as DataOf<typeof orderCreated>
    const { amount, currency } = created.total
    const { subject: order_id, correlationId: saga_id } = message
    const row = { order_id, saga_id, status: 'PENDING', amount, currency, is_cancel_requested: false } as const
    return orders.has(order_id) ? [] : [{ ...row, created_at: createdAtMsOf(message), is_recent: true, created }]
  })

/** An order's id carries the time at which it was taken. */
const createdAtMsOf = ({ subject, time }: Message): number => timeOf(subject) ?? Date.parse(time)

/** Payments that know less than the gateway's books. */
export function* behindTheBooks({ services }: Place, { payments, books }: Knowledge): Iterable<Repair> {
  for (const [orderId, { entries, charged, currency }] of books ?? []) {
    const known = payments.get(orderId)
    const status = bookedStatus(entries)
    if (entries.length === 0 || isKnown(known?.status, status)) continue
    if (known?.call && known.undone && status !== 'REFUNDED' && status !== 'VOIDED') {
      const detail = `the call ${known.call} is made again, and answered from the books`
      yield { finding: { verdict: 'heals', discrepancy: 'call-unanswered', orderId, detail } }
      continue
    }
    yield {
      finding: {
        verdict: 'repaired',
        discrepancy: 'payment-behind-the-books',
        orderId,
        ...(charged > 0 && { amount: { amount: charged, currency } }),
        detail: `its payment is ${known?.status ?? 'unknown'} and becomes ${status}, as the gateway's books say`,
      },
      carryOut: async () => {
        await services.payment.ask(bringToBooks, { orderId, entries }, { subject: orderId })
        return undefined
      },
    }
  }
}

const NOTHING_TAKEN = ['FAILED', 'VOIDED']

const isKnown = (known: string | undefined, booked: string): boolean =>
  known === booked || (NOTHING_TAKEN.includes(known ?? '') && NOTHING_TAKEN.includes(booked))

/** Orders whose saga the coordinator does not remember. */
export function* lostSagas(place: Place, known: Knowledge, orders: Iterable<OrderFact>): Iterable<Repair> {
  for (const order of orders) {
    const { order_id: orderId, saga_id: sagaId } = order
    if (known.sagaIds.has(sagaId) || !order.is_recent) continue
    const evidence = evidenceOf(known, orderId)
    const decided = decidedBy(sagaId, evidence, known.streams)
    const about = { orderId, sagaId, amount: { amount: order.amount, currency: order.currency } }
    if (decided.undone && decided.done) {
      const detail = 'its saga is lost, and some completed the order, others undid it: settle it by hand'
      yield { finding: { ...about, verdict: 'person', discrepancy: 'decided-both-ways', detail } }
      continue
    }
    const then = decided.undone ? ', and cancelled as it was' : decided.done ? ', and brought to where it was' : ''
    yield {
      finding: { ...about, verdict: 'repaired', discrepancy: 'saga-lost', detail: `its saga is started again${then}` },
      carryOut: async () => {
        await place.services.saga.hand(announced(order))
        const isNew = !decided.undone && !decided.done && !decided.paying
        return isNew ? undefined : broughtOr(place, started(order), decided, evidence)
      },
    }
  }
}

/** The event that order-service announces it by: the same id and content. */
const announced = ({ order_id: id, saga_id: correlationId, created_at, created }: OrderFact): Message => {
  const source = '/order-service'
  const cause = { id, type: 'announce-order', source, subject: id, time: '', correlationId, data: null }
  return envelop({ source, cause, handledAtMs: Math.round(created_at) }, orderCreated(created), 0)
}

const started = ({ order_id, saga_id }: OrderFact): SagaFact => ({
  saga_id,
  order_id,
  definition: 'order',
  version: 0,
  status: 'RUNNING',
  ended: false,
  archived: false,
  state: null,
  entries: [],
})

/** A cancel that a customer was promised to be tried, and that only the stream remembers. */
export function* lostCancels({ services }: Place, { orders, streams }: Knowledge): Iterable<Repair> {
  for (const orderId of streams.cancelRequested) {
    const order = orders.get(orderId)
    if (order?.status !== 'PENDING' || order.is_cancel_requested) continue
    const sagaId = order.saga_id
    yield {
      finding: {
        verdict: 'repaired',
        discrepancy: 'cancel-lost',
        orderId,
        sagaId,
        detail: 'its cancel is asked for once more',
      },
      carryOut: async () => {
        await services.order.ask(requestCancel, { orderId }, { subject: orderId, correlationId: sagaId })
        return undefined
      },
    }
  }
}

const moneyOf = (kept: number, payment: PaymentFact | undefined): string => {
  if (kept > 0) return 'what was charged for it is kept: give it back, or deliver'
  return payment?.status === 'PENDING' ? 'its payment is under way, and may be charged yet' : 'no money is kept for it'
}

/** What participants or the gateway did for orders of which nobody else knows. */
export function* unknownOrders(known: Knowledge, lost: ReadonlySet<string>): Iterable<Repair> {
  const { orders, payments, reservations, books } = known
  const all = new Set([...payments.keys(), ...reservations.keys(), ...(books?.keys() ?? [])])
  for (const orderId of all) {
    if (orders.has(orderId) || lost.has(orderId)) continue
    const { payment, books: booked, reservation } = evidenceOf(known, orderId)
    const kept = books ? keptOf(booked) : payment?.status === 'CONFIRMED' ? (payment.amount ?? 0) : 0
    const currency = booked?.currency ?? payment?.currency ?? ''
    const isHeld = reservation?.status === 'HELD' || reservation?.status === 'COMMITTED'
    const finding: Finding = {
      verdict: 'person',
      discrepancy: 'order-unknown',
      orderId,
      ...(kept > 0 && { amount: { amount: kept, currency } }),
      detail: [
        'was taken, and neither the order nor its saga is in any database or stream',
        moneyOf(kept, payment),
        isHeld ? `its reservation is ${reservation.status}` : 'no stock is held for it',
      ].join('; '),
    }
    yield { finding }
  }
}
