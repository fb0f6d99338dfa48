import type { Facts, SagaFact } from './facts.ts'

export interface Violation {
  readonly invariant: string
  readonly detail: string
}

/** Looks at the facts and says each thing that must not be, in a sentence that names it. */
export type Invariant = (facts: Facts) => Iterable<string>

/** What an order and everything about it must be, by how its saga ended. */
const ENDS: Readonly<Record<string, { order: string; reservations: readonly string[]; payments: readonly string[] }>> =
  {
    COMPLETED: { order: 'CONFIRMED', reservations: ['COMMITTED'], payments: ['CONFIRMED'] },
    COMPENSATED: {
      order: 'CANCELLED',
      reservations: ['none', 'RELEASED', 'REJECTED'],
      payments: ['none', 'FAILED', 'REFUNDED', 'VOIDED'],
    },
  }

const waitsForPerson = (saga: SagaFact): boolean => saga.status === 'NEEDS_ATTENTION' || saga.status === 'PAUSED'

export const invariants: Readonly<Record<string, Invariant>> = {
  *'every order has one saga, and every saga an order'({ orders, sagas, sagasOf }) {
    for (const { order_id } of orders.values()) {
      const count = sagasOf.get(order_id)?.length ?? 0
      if (count !== 1) yield `order ${order_id} has ${count} sagas`
    }
    for (const { saga_id, order_id } of sagas.values()) {
      if (!orders.has(order_id)) yield `saga ${saga_id} is about order ${order_id}, which does not exist`
    }
  },

  *'every saga has ended, or waits for a person'({ sagas }) {
    for (const saga of sagas.values()) {
      if (!saga.ended && !waitsForPerson(saga)) yield `saga ${saga.saga_id} is still ${saga.status}`
    }
  },

  *'order and saga ended alike'({ orders, sagas }) {
    for (const { saga_id, order_id, status } of sagas.values()) {
      const order = orders.get(order_id)?.status
      const wanted = ENDS[status]?.order ?? 'PENDING'
      if (order !== undefined && order !== wanted) yield `order ${order_id} is ${order}, its saga ${saga_id} ${status}`
    }
  },

  *'stock was taken exactly for confirmed orders'({ sagas, reservations }) {
    for (const { order_id, status } of sagas.values()) {
      const found = reservations.get(order_id)?.status ?? 'none'
      const wanted = ENDS[status]?.reservations
      if (wanted && !wanted.includes(found)) yield `order ${order_id}: reservation ${found}, saga ${status}`
    }
  },

  *'no reservation is held without a saga that runs'({ sagasOf, reservations }) {
    for (const { order_id, status } of reservations.values()) {
      const live = sagasOf.get(order_id)?.some(({ ended }) => !ended)
      if (status === 'HELD' && !live) yield `order ${order_id} holds stock and no saga of it runs`
    }
  },

  *'no stock appeared or vanished'({ stock, reservations }) {
    const taken = new Map<string, number>()
    const held = new Map<string, number>()
    for (const { status, items } of reservations.values()) {
      const sums = status === 'COMMITTED' ? taken : status === 'HELD' ? held : undefined
      for (const { sku, quantity } of items) sums?.set(sku, (sums.get(sku) ?? 0) + quantity)
    }
    for (const { sku, on_hand, reserved, adjusted } of stock) {
      const left = adjusted - (taken.get(sku) ?? 0)
      if (on_hand !== left) yield `${sku}: ${on_hand} on hand, ${left} by adjustments less what was taken`
      if (reserved !== (held.get(sku) ?? 0)) yield `${sku}: ${reserved} reserved, ${held.get(sku) ?? 0} held by orders`
    }
  },

  *'money was kept exactly for confirmed orders, by the books of the gateway'({ sagas, orders, ledger }) {
    for (const { order_id, status } of sagas.values()) {
      const books = ledger.get(order_id)
      const kept = (books?.charged ?? 0) - (books?.refunded ?? 0)
      const wanted = status === 'COMPLETED' ? (orders.get(order_id)?.total ?? 0) : 0
      if (ENDS[status] && kept !== wanted) yield `order ${order_id}: ${kept} kept, ${wanted} due, saga ${status}`
    }
  },

  *'nobody was charged or refunded twice'({ ledger }) {
    for (const { order_id, charges, refunds } of ledger.values()) {
      if (charges > 1) yield `order ${order_id} was charged ${charges} times`
      if (refunds > 1) yield `order ${order_id} was refunded ${refunds} times`
    }
  },

  *'payment-service believes what the gateway did'({ sagas, payments }) {
    for (const { order_id, status } of sagas.values()) {
      const found = payments.get(order_id)?.status ?? 'none'
      const wanted = ENDS[status]?.payments
      if (wanted && !wanted.includes(found)) yield `order ${order_id}: payment ${found}, saga ${status}`
    }
  },

  *'no timer of a saga that ended'({ sagas }) {
    for (const { saga_id, ended, timers } of sagas.values()) {
      if (ended && timers !== '[]') yield `saga ${saga_id} ended with timers ${timers}`
    }
  },
}
