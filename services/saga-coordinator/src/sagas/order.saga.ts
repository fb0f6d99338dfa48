import {
  inventoryCommit,
  inventoryRelease,
  inventoryReserve,
  orderCancel,
  orderCancelRequested,
  orderConfirm,
  orderCreated,
  orderFail,
  paymentCharge,
  paymentRefund,
} from '@skald/contracts'
import { type Definition, defineSaga, note } from '@skald/saga'
import { type OrderSagaOptions, type OrderSetup, orderSetup, untilDone } from './order-steps.ts'
import { cancel, chargePayment, commit, confirm, contextOf, refund, release, reserveStock } from './order-words.ts'

/*
 * An order: reserve the stock, charge the payment, then commit the stock and confirm the order. Up to the payment's
 * confirmation everything can be undone, in reverse order; from there on everything is asked for until it succeeds.
 * Silence is not a no: a step without a reply is undone as if it had been done.
 */

export const because = (reason?: string) => ({
  type: 'because' as const,
  params: reason === undefined ? {} : { reason },
})

export const cancelledTo = <Target extends string>(target: Target) => ({
  'order.cancel-requested.v1': { target, actions: because() },
  'operator.cancel': { target, actions: because() },
})

/** What may still arrive, or arrive again, wherever the saga is by then. */
const lateEvents = {
  'inventory.reserved.v1': {
    actions: note('stock that is held late, or said twice: its release is asked for or done with'),
  },
  'payment.confirmed.v1': {
    actions: note('a charge that is confirmed late, or twice: its refund is asked for or done with'),
  },
  'payment.refunded.v1': { actions: note('the refund was known already') },
  'payment.voided.v1': { actions: note('the refund was known already') },
  'inventory.released.v1': { actions: note('the release was known already') },
  'inventory.committed.v1': { actions: note('the stock was known to be taken') },
  'order.confirmed.v1': { actions: note('the order was known to be confirmed') },
  'order.cancelled.v1': { actions: note('the order was known to be cancelled') },
  'order.failed.v1': { actions: note('it is published that a person is needed') },
  'order.cancel-requested.v1': { actions: note('the order is being undone already') },
}

/** What version 2 has in common with version 1. */
export const orderStates = (order: OrderSetup) => ({
  on: lateEvents,
  states: {
    reservingStock: {
      entry: reserveStock,
      on: {
        'inventory.reserved.v1': 'takingPayment',
        'inventory.failed.v1': { target: 'cancellingOrder', actions: because() },
        ...cancelledTo('releasingStock'),
      },
      // The stock may be held all the same.
      after: { stockDeadline: { target: 'releasingStock', actions: because('no reply about the stock in time') } },
    },
    takingPayment: {
      entry: chargePayment,
      on: {
        'payment.confirmed.v1': 'completing',
        'payment.failed.v1': { target: 'releasingStock', actions: because() },
        ...cancelledTo('refunding'),
      },
      // The payment may be charged all the same.
      after: { paymentDeadline: { target: 'refunding', actions: because('no reply about the payment in time') } },
    },
    completing: {
      type: 'parallel' as const,
      on: {
        'order.cancel-requested.v1': { actions: note('too late to cancel: the payment is confirmed') },
      },
      states: { stock: untilDone(order, commit), order: untilDone(order, confirm) },
      onDone: 'completed',
    },
    refunding: { tags: 'compensating', ...untilDone(order, refund), onDone: 'releasingStock' },
    releasingStock: { tags: 'compensating', ...untilDone(order, release), onDone: 'cancellingOrder' },
    cancellingOrder: { tags: 'compensating', ...untilDone(order, cancel), onDone: 'cancelled' },
    completed: { type: 'final' as const },
    cancelled: { type: 'final' as const, tags: 'compensated' },
  },
})

const chart = (order: OrderSetup) =>
  order.createMachine({
    id: 'order',
    context: ({ input }) => input,
    initial: 'reservingStock',
    ...orderStates(order),
  })

export const commands = [
  inventoryReserve,
  paymentCharge,
  inventoryCommit,
  orderConfirm,
  paymentRefund,
  inventoryRelease,
  orderCancel,
  orderFail,
]

export const orderSaga = (options: OrderSagaOptions): Definition =>
  defineSaga({
    name: 'order',
    version: 1,
    startedBy: orderCreated,
    listensTo: [orderCancelRequested],
    commands,
    context: contextOf,
    pointOfNoReturn: 'completing',
    machine: chart(orderSetup(options)),
  })
