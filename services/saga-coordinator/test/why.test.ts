import {
  inventoryCommitted,
  inventoryReleased,
  orderCancelled,
  orderConfirmed,
  paymentConfirmed,
  paymentFailed,
} from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS, STUCK_MS } from './coordinating.ts'

const price = { amount: 100, currency: 'EUR' }
const declined = paymentFailed({ orderId: 'o1', reason: 'card declined' })

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const at = (ms: number): string => new Date(ms).toISOString()

/** A payment that is silent to the end, and so is its refund. */
const needsPerson = async (): Promise<void> => {
  await c.tell(created)
  await c.tell(reserved)
  for (let tries = 0; c.saga()?.status !== 'NEEDS_ATTENTION' && tries < 20; tries++) {
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
  }
}

describe('why a saga is where it is', () => {
  it('names what a running one waits for, since when, and what comes when nothing comes', async () => {
    await c.tell(created)
    const startMs = c.nowMs()
    c.pass(2_000)
    expect(c.why()).toMatchObject({
      status: 'RUNNING',
      sentence: [
        `The order saga of o1 runs since ${at(startMs)} (for 2 seconds), at "reservingStock".`,
        `It waits for inventory.reserved.v1 or inventory.failed.v1 since ${at(startMs)} (for 2 seconds).`,
        `If nothing comes, at ${at(startMs + NUDGE_MS)} it asks inventory.reserve.v1 again;`,
        `at ${at(startMs + STEP_MS)} it gives up waiting for the answer to inventory.reserve.v1, when it was asked once more, and goes to releasingStock.`,
        'Nothing has to be done.',
      ].join(' '),
      toDo: [],
    })
    expect(c.why()).not.toHaveProperty('stuck')
  })

  it('names why it is undone', async () => {
    await c.tell(created)
    await c.tell(reserved)
    const [, charge] = c.said()
    await c.tell(declined, { causationId: charge?.id ?? '' })
    expect(c.why().cause).toMatchObject({ seq: 3, type: 'payment.failed.v1', reason: 'card declined' })
    expect(c.why().sentence).toContain('It is undone because of payment.failed.v1: card declined.')
  })

  it('names effect and amount of what a person must settle, and the actions that do it', async () => {
    await needsPerson()
    const { sentence, toDo, since, waitingFor } = c.why()
    expect(waitingFor).toContainEqual(
      expect.objectContaining({ kind: 'person', effect: 'payment.refund', amount: price }),
    )
    expect(sentence).toContain(`needs a person since ${at(c.nowMs())}`)
    expect(sentence).toContain(
      'A person must settle payment.refund of 100 EUR (minor units): 3 requests without a reply.',
    )
    expect(sentence).toContain('(POST /sagas/s1/retry).')
    expect(sentence).toContain('(POST /sagas/s1/skip).')
    expect(since).toBe(at(c.nowMs()))
    expect(toDo.map(({ action, request }) => [action, request?.path])).toEqual([
      ['retry', '/sagas/s1/retry'],
      ['skip', '/sagas/s1/skip'],
    ])
  })

  it('of a paused one is who paused it and why, and how it goes on', async () => {
    await c.tell(created)
    await c.operate('pause', { reason: 'the bank is down', actor: 'ada' })
    const pausedMs = c.nowMs()
    c.pass(10 * STUCK_MS)
    const { sentence, toDo, next } = c.why()
    expect(sentence).toContain(`is paused since ${at(pausedMs)} (for 10 minutes)`)
    expect(sentence).toContain('It was paused by ada: the bank is down.')
    expect(toDo).toMatchObject([{ action: 'resume', request: { method: 'POST', path: '/sagas/s1/resume' } }])
    expect(next).toEqual([])
    expect(c.why()).not.toHaveProperty('stuck')
  })

  it('of an ended one is how it ended and what made it', async () => {
    await c.tell(created)
    await c.tell(reserved)
    const [, charge] = c.said()
    await c.tell(declined, { causationId: charge?.id ?? '' })
    await c.tell(inventoryReleased({ orderId: 'o1' }))
    c.pass(3_000)
    await c.tell(orderCancelled({ orderId: 'o1', reason: 'card declined' }))
    expect(c.why()).toMatchObject({
      status: 'COMPENSATED',
      sentence: `The order saga of o1 ended COMPENSATED at ${at(c.nowMs())}, 3 seconds after its start: all of it was undone, because of payment.failed.v1: card declined.`,
      waitingFor: [],
      toDo: [],
    })
  })

  it('of one that ended well is that all was done, and what operators did to it', async () => {
    await c.tell(created)
    await c.operate('pause', { reason: 'a look', actor: 'ada' })
    await c.operate('resume', { reason: 'looked', actor: 'bob' })
    await c.tell(reserved)
    await c.tell(paymentConfirmed({ orderId: 'o1', amount: price }))
    await c.tell(inventoryCommitted({ orderId: 'o1' }))
    await c.tell(orderConfirmed({ orderId: 'o1' }))
    const { sentence, operators } = c.why()
    expect(sentence).toContain('ended COMPLETED')
    expect(sentence).toContain('all of it was done, last by order.confirmed.v1.')
    expect(operators.map(({ type, reason }) => [type, reason])).toEqual([
      ['operator.pause', 'ada: a look'],
      ['operator.resume', 'bob: looked'],
    ])
  })

  it('of a stuck one is what was due and was not done, and where to look', async () => {
    await c.tell(created)
    const dueMs = c.nowMs() + NUDGE_MS
    c.pass(NUDGE_MS + STUCK_MS)
    expect(c.why()).not.toHaveProperty('stuck')
    c.pass(1)
    const { stuck, sentence, toDo } = c.why()
    expect(stuck).toEqual({ since: at(dueMs), why: 'overdue' })
    expect(sentence).toContain(`It is stuck: what was due at ${at(dueMs)}, 1 minute ago, was not done.`)
    expect(toDo[0]?.what).toContain('/readyz')
  })
})

describe('a saga that a paused step holds back', () => {
  it('waits for whoever resumes the step, and says how', async () => {
    await c.tell(created)
    await c.pauseSteps('takingPayment')
    await c.tell(reserved)
    expect(c.view().waitingFor).toMatchObject([
      { kind: 'person', effect: 'resume', reason: expect.stringContaining('order/takingPayment is paused for all') },
    ])
    const request = {
      method: 'POST',
      path: '/definitions/order/resume',
      body: { reason: '...', step: 'takingPayment' },
    }
    expect(c.why().toDo).toMatchObject([{ action: 'resume', request }])
    expect(c.past(2)).toMatchObject({ status: 'PAUSED', paused_by: 'order/takingPayment' })
  })

  it('at its very start, before it has any state, too', async () => {
    await c.pauseSteps('')
    await c.tell(created)
    expect(c.saga()).toMatchObject({ status: 'PAUSED', state: null })
    expect(c.view().waitingFor).toMatchObject([{ kind: 'person', effect: 'resume' }])
    expect(c.why().sentence).toContain('at its start')
    expect(c.past(1)).toMatchObject({ status: 'PAUSED', state: null, paused_by: 'order/' })
    await c.pauseSteps()
    c.pass(10_000)
    await c.wake()
    expect(c.steps().map(({ type }) => type)).toEqual(['operator.pause', 'operator.resume', 'order.created.v1'])
    expect(c.past(3)).toMatchObject({ status: 'RUNNING', state: { value: 'reservingStock' }, timers: c.saga()?.timers })
  })
})
