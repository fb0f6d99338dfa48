import { byHand, endingOf, orderStatuses } from './endings.ts'
import type { Facts, SagaFact } from './facts.ts'
import { unfitTrips } from './trips.ts'

/** Looks at the facts and says each thing that must not be, in a sentence that names it. */
export type Invariant = (facts: Facts) => Iterable<string>

export const waitsForPerson = ({ status }: SagaFact): boolean => status === 'NEEDS_ATTENTION' || status === 'PAUSED'

export const invariants: Readonly<Record<string, Invariant>> = {
  *'every order has one saga, and every saga an order'({ orders, orderSagas, sagasOf }) {
    for (const { order_id } of orders.values()) {
      const count = sagasOf.get(order_id)?.length ?? 0
      if (count !== 1) yield `order ${order_id} has ${count} sagas`
    }
    for (const { saga_id, order_id } of orderSagas.values()) {
      const order = orders.get(order_id)
      if (!order) yield `saga ${saga_id} is about order ${order_id}, which does not exist`
      else if (order.saga_id !== saga_id)
        yield `order ${order_id} names saga ${order.saga_id}, saga ${saga_id} names it`
    }
  },

  *'every saga has ended, or waits for a person'({ sagas }) {
    for (const saga of sagas.values()) {
      if (!saga.ended && !waitsForPerson(saga)) yield `saga ${saga.saga_id} is still ${saga.status}`
    }
  },

  *'order and saga ended alike'(facts) {
    for (const saga of facts.orderSagas.values()) {
      const status = facts.orders.get(saga.order_id)?.status
      if (status === undefined || orderStatuses(facts, saga).includes(status)) continue
      yield `order ${saga.order_id} is ${status}, its saga ${saga.saga_id} ${saga.status}`
    }
  },

  *'stock was taken exactly for confirmed orders'(facts) {
    const { orderSagas, sagasOf, reservations } = facts
    for (const saga of orderSagas.values()) {
      const found = reservations.get(saga.order_id)?.status ?? 'none'
      const fits = endingOf(saga)?.reservations.includes(found) ?? true
      if (fits || byHand(facts, saga, 'inventory.commit', 'inventory.release')) continue
      yield `order ${saga.order_id}: reservation ${found}, saga ${saga.status}`
    }
    for (const { order_id, status } of reservations.values()) {
      if (status === 'COMMITTED' && !sagasOf.has(order_id)) yield `order ${order_id} took stock and has no saga`
    }
  },

  *'no reservation is held without a saga that runs'(facts) {
    for (const { order_id, status } of facts.reservations.values()) {
      if (status !== 'HELD') continue
      const sagas = facts.sagasOf.get(order_id) ?? []
      if (sagas.some((saga) => !saga.ended || byHand(facts, saga, 'inventory.commit', 'inventory.release'))) continue
      yield `order ${order_id} holds stock and no saga of it runs`
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

  *'money was kept exactly for confirmed orders, by the books of the gateway'(facts) {
    const { orderSagas, sagasOf, orders, ledger } = facts
    for (const saga of orderSagas.values()) {
      const books = ledger.get(saga.order_id)
      const kept = (books?.charged ?? 0) - (books?.refunded ?? 0)
      const due = saga.status === 'COMPLETED' ? (orders.get(saga.order_id)?.total ?? 0) : 0
      if (!endingOf(saga) || kept === due || byHand(facts, saga, 'payment.refund')) continue
      yield `order ${saga.order_id}: ${kept} kept, ${due} due, saga ${saga.status}`
    }
    for (const { order_id, charged, refunded } of ledger.values()) {
      if (charged !== refunded && !sagasOf.has(order_id)) yield `order ${order_id}: ${charged - refunded} kept, no saga`
    }
  },

  *'nobody was charged or refunded twice'({ ledger }) {
    for (const { order_id, charges, refunds } of ledger.values()) {
      if (charges > 1) yield `order ${order_id} was charged ${charges} times`
      if (refunds > 1) yield `order ${order_id} was refunded ${refunds} times`
    }
  },

  *'a payment ended as its saga did'(facts) {
    for (const saga of facts.orderSagas.values()) {
      const found = facts.payments.get(saga.order_id)?.status ?? 'none'
      const fits = endingOf(saga)?.payments.includes(found) ?? true
      if (fits || byHand(facts, saga, 'payment.refund')) continue
      yield `order ${saga.order_id}: payment ${found}, saga ${saga.status}`
    }
  },

  *'payment-service believes what the gateway did'({ payments, ledger }) {
    for (const { order_id, status } of payments.values()) {
      const { charges = 0, refunds = 0 } = ledger.get(order_id) ?? {}
      const books = charges === 0 ? 'nothing charged' : refunds === 0 ? 'a charge' : 'a refund'
      if (BELIEFS[status] !== undefined && BELIEFS[status] !== books) {
        yield `order ${order_id}: payment ${status}, ${books} in the books`
      }
    }
    for (const { order_id, charges } of ledger.values()) {
      if (charges > 0 && !payments.has(order_id)) yield `order ${order_id} was charged and has no payment`
    }
  },

  *'no timer of a saga that ended'({ sagas }) {
    for (const { saga_id, ended, timers } of sagas.values()) {
      if (ended && timers !== '[]') yield `saga ${saga_id} ended with timers ${timers}`
    }
  },

  'a history has no gap': ({ histories }) => histories.gaps,
  'each step of a history begins where the one before ended': ({ histories }) => histories.breaks,
  'a history is a legal path of its definition': ({ histories }) => histories.illegal,

  'what operators did is written down in one chain': ({ auditFaults }) => auditFaults,

  *'every dead letter is listed'({ openLetters, listedLetters }) {
    for (const id of openLetters)
      if (!listedLetters.has(id)) yield `dead letter ${id} is in no list, and nothing reports it`
  },
}

/** Beside these, where trip-service has run. */
export const tripInvariants: Readonly<Record<string, Invariant>> = {
  'all of a trip that ended is held, or nothing': unfitTrips,
}

/** What the gateway's books must say for a payment that is decided. */
const BELIEFS: Readonly<Record<string, string>> = {
  CONFIRMED: 'a charge',
  REFUNDED: 'a refund',
  FAILED: 'nothing charged',
  VOIDED: 'nothing charged',
}
