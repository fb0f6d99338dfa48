import { fraudCheck, fraudWithdraw, orderCancelRequested, orderCreated } from '@skald/contracts'
import { type Definition, defineSaga, note } from '@skald/saga'
import { because, cancelledTo, commands, orderStates } from './order.saga.ts'
import { type OrderSagaOptions, type OrderSetup, orderSetup, untilDone } from './order-steps.ts'
import { checkFraud, contextOf, withdrawCheck } from './order-words.ts'

/*
 * The order once more, with a fraud check between stock and payment. It runs where somebody answers (SKALD_PARTICIPANTS=fraud);
 * orders that began by version 1 end by it, or are migrated: docs/migrations.md.
 */

const chart = (order: OrderSetup) => {
  const { states, on } = orderStates(order)
  return order.createMachine({
    id: 'order',
    context: ({ input }) => input,
    initial: 'reservingStock',
    on: {
      ...on,
      'fraud.withdrawn.v1': { actions: note('the check was known to be withdrawn') },
      'fraud.cleared.v1': { actions: note('cleared late, or twice: the payment is taken or the order undone') },
    },
    states: {
      ...states,
      reservingStock: {
        ...states.reservingStock,
        on: { ...states.reservingStock.on, 'inventory.reserved.v1': 'checkingFraud' },
      },
      takingPayment: {
        ...states.takingPayment,
        on: {
          ...states.takingPayment.on,
          'payment.failed.v1': { target: 'withdrawingCheck', actions: because() },
        },
      },
      // What was cleared is taken back, too: whoever checks may count what a customer buys.
      refunding: { ...states.refunding, onDone: 'withdrawingCheck' },
      checkingFraud: {
        entry: checkFraud,
        on: {
          'fraud.cleared.v1': 'takingPayment',
          'fraud.suspected.v1': { target: 'releasingStock', actions: because() },
          ...cancelledTo('withdrawingCheck'),
        },
        // Nothing was charged: no answer is as good as a suspicion.
        after: {
          fraudDeadline: { target: 'withdrawingCheck', actions: because('no reply of the fraud check in time') },
        },
      },
      withdrawingCheck: { tags: 'compensating', ...untilDone(order, withdrawCheck), onDone: 'releasingStock' },
    },
  })
}

export const orderSagaV2 = (options: OrderSagaOptions): Definition =>
  defineSaga({
    name: 'order',
    version: 2,
    startedBy: orderCreated,
    listensTo: [orderCancelRequested],
    commands: [...commands, fraudCheck, fraudWithdraw],
    context: (data, start) => ({ ...contextOf(data, start), customerId: data.customerId }),
    pointOfNoReturn: 'completing',
    machine: chart(orderSetup(options)),
  })
