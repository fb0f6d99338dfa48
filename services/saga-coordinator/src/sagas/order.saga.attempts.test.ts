import {
  inventoryCommit,
  inventoryCommitted,
  inventoryRelease,
  orderCancel,
  orderConfirm,
  orderConfirmed,
  orderFail,
  orderFailed,
  paymentRefund,
} from '@skald/contracts'
import { type Happens, person, personSays, specification, timerPasses } from '@skald/saga'
import { describe, expect, it } from 'vitest'
import {
  amount,
  created,
  definition,
  items,
  orderId,
  outOfStock,
  refunded,
  refundFailed,
  refusedTwice,
  reserved,
  toCancelling,
  toCompleting,
  toRefunding,
  toReleasing,
} from '../../test/order-story.ts'
import { orderSaga } from './order.saga.ts'

describe('a refund that is refused', () => {
  it('is tried again after a wait that doubles, with jitter, as a new attempt', () => {
    const waits = [1000, 2000].map((plainMs, index) => {
      const { step } = toRefunding.given(...refusedTwice.slice(0, index * 2)).when(refundFailed)
      const [timer] = step.startTimers
      expect(timer).toMatchObject({ name: 'refundBackoff', guards: false })
      return (timer?.delayMs ?? 0) / plainMs
    })
    for (const share of waits) expect(Math.abs(share - 1)).toBeLessThanOrEqual(0.2)
    expect(toRefunding.given(refundFailed).when(timerPasses('refundBackoff'))).toMatchObject({
      state: { refunding: 'asking' },
      says: [paymentRefund({ orderId, amount })],
    })
  })

  it('asks a person after the bounded attempts, with the effect, the amount and the reason', () => {
    const reason = 'refused 3 times; last refusal: gateway says no'
    const observed = toRefunding.given(...refusedTwice).when(refundFailed)

    expect(observed).toMatchObject({
      state: { refunding: 'needsPerson' },
      status: 'NEEDS_ATTENTION',
      says: [orderFail({ orderId, reason, effect: 'payment.refund', amount })],
      timers: [],
    })
    expect(person(definition, observed.step.state)).toEqual([{ effect: 'payment.refund', amount, reason }])
  })

  it('counts no refusal of an earlier attempt', () => {
    const [, backoff] = refusedTwice as [Happens, Happens]
    expect(toRefunding.given(refundFailed, backoff).when({ ...refundFailed, answers: 'message-2-0' })).toMatchObject({
      outcome: 'ignored',
      because: expect.stringContaining('earlier attempt'),
      state: { refunding: 'asking' },
    })
  })
})

describe('an order that waits for a person', () => {
  const stuck = toRefunding.given(...refusedTwice, refundFailed)

  it('goes on by itself when a late success comes', () => {
    expect(stuck.when(refunded)).toMatchObject({
      state: { releasingStock: 'asking' },
      says: [inventoryRelease({ orderId, items })],
    })
  })

  it('starts a fresh round of attempts when the person says retry', () => {
    expect(stuck.when(personSays('retry'))).toMatchObject({
      state: { refunding: 'asking' },
      says: [paymentRefund({ orderId, amount })],
    })
    expect(stuck.given(personSays('retry'), ...refusedTwice).when(refundFailed)).toMatchObject({
      state: { refunding: 'needsPerson' },
    })
    expect(stuck.given(personSays('retry')).when(refundFailed)).toMatchObject({ state: { refunding: 'backingOff' } })
  })

  it('goes on as if it were undone when the person says skip', () => {
    expect(stuck.when(personSays('skip'))).toMatchObject({
      state: { releasingStock: 'asking' },
      says: [inventoryRelease({ orderId, items })],
    })
  })

  it('notes that this was published', () => {
    const failed = orderFailed({ orderId, reason: 'refused', effect: 'payment.refund', amount })
    expect(stuck.when(failed)).toMatchObject({ outcome: 'noted', waitsFor: [] })
  })
})

describe('a step that is met with silence', () => {
  it.each([
    ['a refund', toRefunding, 'refundDeadline', paymentRefund({ orderId, amount }), 'payment.refund'],
    ['a release', toReleasing, 'releaseDeadline', inventoryRelease({ orderId, items }), 'inventory.release'],
    ['a commit', toCompleting, 'commitDeadline', inventoryCommit({ orderId, items }), 'inventory.commit'],
    ['a confirmation', toCompleting, 'confirmDeadline', orderConfirm({ orderId }), 'order.confirm'],
    [
      'a cancellation',
      toCancelling,
      'cancelDeadline',
      orderCancel({ orderId, reason: 'stock: out of stock' }),
      'order.cancel',
    ],
  ])('is asked for again as a new attempt, then a person is asked: %s', (_, before, deadline, command, effect) => {
    const silence = timerPasses(deadline)
    expect(before.when(silence)).toMatchObject({
      says: [command],
      status: before === toCompleting ? 'RUNNING' : 'COMPENSATING',
    })
    const observed = before.given(silence, silence).when(silence)

    expect(observed).toMatchObject({ says: [{ type: 'order.fail.v1' }], status: 'NEEDS_ATTENTION' })
    expect(person(definition, observed.step.state)).toMatchObject([{ effect, reason: '3 requests without a reply' }])
  })

  it('goes on without the person when a refusal breaks the silence', () => {
    const silence = timerPasses('refundDeadline')
    expect(toRefunding.given(silence, silence, silence).when(refundFailed)).toMatchObject({
      state: { refunding: 'backingOff' },
    })
  })

  it('past the point of no return leaves the other half going', () => {
    const silence = timerPasses('commitDeadline')
    const stuck = toCompleting.given(silence, silence, silence)
    expect(stuck.when(orderConfirmed({ orderId }))).toMatchObject({
      state: { completing: { stock: 'needsPerson', order: 'done' } },
    })
    expect(stuck.given(orderConfirmed({ orderId })).when(inventoryCommitted({ orderId }))).toMatchObject({
      state: 'completed',
      status: 'COMPLETED',
    })
  })
})

describe('a commit that is refused', () => {
  it('is tried again after a wait, and is no refusal of the reservation', () => {
    expect(toCompleting.when(outOfStock)).toMatchObject({
      state: { completing: { stock: 'backingOff', order: 'asking' } },
      status: 'RUNNING',
    })
    expect(toCompleting.when({ ...outOfStock, answers: 'message-0-0' })).toMatchObject({
      outcome: 'ignored',
      because: expect.stringContaining('not waited for any more'),
    })
  })
})

describe('the configuration', () => {
  it('can give a step a deadline of its own', () => {
    const own = orderSaga({
      stepTimeoutMs: 10,
      undoAttempts: 1,
      undoBackoffMs: 1,
      deadlinesMs: { paymentDeadline: 99 },
    })
    const { startTimers } = specification(own).given(created).when(reserved).step
    expect(startTimers).toEqual([{ name: 'paymentDeadline', arm: 2, delayMs: 99, guards: true }])
    expect(own.hash).toBe(definition.hash)
  })
})
