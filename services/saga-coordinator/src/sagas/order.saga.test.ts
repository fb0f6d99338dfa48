import {
  inventoryCommit,
  inventoryCommitted,
  inventoryRelease,
  inventoryReserve,
  orderCancel,
  orderCancelled,
  orderConfirm,
  orderConfirmed,
  paymentCharge,
  paymentRefund,
} from '@skald/contracts'
import { personSays, timerPasses } from '@skald/saga'
import { describe, expect, it } from 'vitest'
import {
  amount,
  cancelRequested,
  confirmed,
  created,
  declined,
  items,
  order,
  orderId,
  outOfStock,
  refunded,
  released,
  reserved,
  toCancelling,
  toCompleting,
  toPayment,
  toRefunding,
  toReleasing,
  voided,
} from '../../test/order-story.ts'

describe('an order', () => {
  it('has its stock reserved first', () => {
    expect(order.when(created)).toMatchObject({
      state: 'reservingStock',
      status: 'RUNNING',
      says: [inventoryReserve({ orderId, items })],
      timers: ['stockDeadline'],
    })
  })

  it('is charged once its stock is held', () => {
    expect(order.given(created).when(reserved)).toMatchObject({
      state: 'takingPayment',
      says: [paymentCharge({ orderId, amount, paymentMethod: 'sim_approved' })],
      timers: ['paymentDeadline'],
    })
  })

  it('has its stock committed and is confirmed, both at once, when the payment is confirmed', () => {
    expect(toPayment.when(confirmed)).toMatchObject({
      state: { completing: { stock: 'asking', order: 'asking' } },
      says: [inventoryCommit({ orderId, items }), orderConfirm({ orderId })],
      timers: ['commitDeadline', 'confirmDeadline'],
    })
  })

  it('is completed when both are done, in either order', () => {
    const [stock, order_] = [inventoryCommitted({ orderId }), orderConfirmed({ orderId })]
    for (const [first, second] of [
      [stock, order_],
      [order_, stock],
    ] as const) {
      expect(toCompleting.given(first).when(second)).toMatchObject({
        state: 'completed',
        status: 'COMPLETED',
        says: [],
        timers: [],
      })
    }
  })
})

describe('an order that cannot be fulfilled', () => {
  it('is cancelled with the reason when its stock is missing, as nothing was done yet', () => {
    expect(order.given(created).when(outOfStock)).toMatchObject({
      state: { cancellingOrder: 'asking' },
      status: 'COMPENSATING',
      says: [orderCancel({ orderId, reason: 'stock: out of stock' })],
    })
  })

  it('has its stock released when the payment is declined, and is then cancelled with the reason', () => {
    expect(toPayment.when(declined)).toMatchObject({
      state: { releasingStock: 'asking' },
      says: [inventoryRelease({ orderId, items })],
    })
    expect(toPayment.given(declined).when(released)).toMatchObject({
      says: [orderCancel({ orderId, reason: 'payment: card declined' })],
    })
  })

  it('has its stock released when nothing is heard of it, as it may be held', () => {
    expect(order.given(created).when(timerPasses('stockDeadline'))).toMatchObject({
      state: { releasingStock: 'asking' },
      status: 'COMPENSATING',
      says: [inventoryRelease({ orderId, items })],
    })
  })

  it('has its payment refunded, then its stock released, when nothing is heard of the payment', () => {
    expect(toPayment.when(timerPasses('paymentDeadline'))).toMatchObject({
      state: { refunding: 'asking' },
      says: [paymentRefund({ orderId, amount })],
    })
    for (const undone of [refunded, voided]) {
      expect(toRefunding.when(undone)).toMatchObject({
        state: { releasingStock: 'asking' },
        says: [inventoryRelease({ orderId, items })],
      })
    }
    expect(
      toRefunding
        .given(voided, released)
        .when(orderCancelled({ orderId, reason: 'no reply about the payment in time' })),
    ).toMatchObject({ state: 'cancelled', status: 'COMPENSATED', timers: [], waitsFor: [] })
  })
})

describe('a request to cancel', () => {
  it('is granted while the stock is being reserved', () => {
    expect(order.given(created).when(cancelRequested)).toMatchObject({
      state: { releasingStock: 'asking' },
      says: [inventoryRelease({ orderId, items })],
    })
  })

  it('is granted while the payment is being taken, which may have happened', () => {
    expect(toPayment.when(cancelRequested)).toMatchObject({
      state: { refunding: 'asking' },
      says: [paymentRefund({ orderId, amount })],
    })
  })

  it('reaches the order as its reason', () => {
    const reason = 'cancelled by the customer: changed my mind'
    expect(order.given(created, cancelRequested).when(released)).toMatchObject({
      says: [orderCancel({ orderId, reason })],
    })
  })

  it('comes too late once the payment is confirmed', () => {
    expect(toCompleting.when(cancelRequested)).toMatchObject({
      outcome: 'noted',
      because: expect.stringContaining('too late to cancel'),
      says: [],
    })
  })

  it('changes nothing, and not the reason, while the order is being undone', () => {
    for (const undoing of [toRefunding, toReleasing, toCancelling]) {
      expect(undoing.when(cancelRequested)).toMatchObject({
        outcome: 'noted',
        because: expect.stringContaining('being undone already'),
        says: [],
      })
    }
  })

  it('can come from an operator as well', () => {
    const says = [orderCancel({ orderId, reason: 'cancelled by an operator: fraud' })]
    expect(order.given(created, personSays('cancel', 'fraud')).when(released)).toMatchObject({ says })
    expect(toCompleting.when(personSays('cancel', 'fraud'))).toMatchObject({ outcome: 'ignored' })
  })
})

describe('a late reply', () => {
  it('that the stock is held after all changes nothing, as its release is asked for', () => {
    expect(toReleasing.when(reserved)).toMatchObject({
      outcome: 'noted',
      because: expect.stringContaining('held late'),
      state: { releasingStock: 'asking' },
    })
  })

  it('that the payment is confirmed after all changes nothing, as its refund is asked for', () => {
    expect(toRefunding.when(confirmed)).toMatchObject({
      outcome: 'noted',
      because: expect.stringContaining('confirmed late'),
      state: { refunding: 'asking' },
    })
    expect(toRefunding.given(voided).when(confirmed)).toMatchObject({
      outcome: 'noted',
      state: { releasingStock: 'asking' },
    })
  })

  it('that the withdrawn charge was refused changes nothing', () => {
    const late = { ...declined, answers: 'message-1-0' }
    expect(toRefunding.when(late)).toMatchObject({
      outcome: 'ignored',
      because: expect.stringContaining('not waited for any more'),
    })
  })

  it('that says a success twice changes nothing', () => {
    expect(toCompleting.given(inventoryCommitted({ orderId })).when(inventoryCommitted({ orderId }))).toMatchObject({
      outcome: 'noted',
    })
    expect(toRefunding.given(voided).when(refunded)).toMatchObject({
      outcome: 'noted',
      because: expect.stringContaining('known already'),
    })
  })
})
