import {
  inventoryCommitted,
  inventoryReleased,
  inventoryReserved,
  orderCancelled,
  orderCancelRequested,
  orderConfirmed,
  orderCreated,
  paymentConfirmed,
  paymentFailed,
  paymentRefunded,
} from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { coordinating, NUDGE_MS, STEP_MS } from '../test/coordinating.ts'

const price = { amount: 100, currency: 'EUR' }
const created = orderCreated({
  orderId: 'o1',
  sagaId: 's1',
  customerId: 'c1',
  items: [{ sku: 'A', quantity: 2, price }],
  total: { amount: 200, currency: 'EUR' },
})
const reserved = inventoryReserved({ orderId: 'o1' })
const confirmed = paymentConfirmed({ orderId: 'o1', amount: { amount: 200, currency: 'EUR' } })

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

describe('a saga', () => {
  it('runs from the order to its end, each step in the history, and leaves no task behind', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    expect(reserve).toMatchObject({ type: 'inventory.reserve.v1', repeat: 0 })
    expect(c.wakeTask()?.due_at).toBe((c.saga()?.started_at ?? 0) + NUDGE_MS)
    await c.tell(reserved, { causationId: reserve?.id ?? '' })
    await c.tell(confirmed)
    await c.tell(inventoryCommitted({ orderId: 'o1' }))
    await c.tell(orderConfirmed({ orderId: 'o1' }))
    expect(c.saga()).toMatchObject({ status: 'COMPLETED', revision: 5, asked: [], timers: [], wake_at: null })
    expect(c.wakeTask()).toBeUndefined()
    const steps = c.steps()
    expect(steps.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    for (const [index, step] of steps.entries()) expect(step.from_state).toEqual(steps[index - 1]?.to_state ?? null)
  })

  it('says its commands again for a message that comes twice, but only those still unanswered', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    await c.tell(created, { id: 'order.created.v1/1700000000000' })
    expect(c.said()).toMatchObject([{ id: reserve?.id }])
    await c.tell(reserved)
    c.said()
    await c.tell(created, { id: 'order.created.v1/1700000000000' })
    expect(c.said()).toEqual([])
  })

  it('records what it cannot use, with the reason, and goes on', async () => {
    await c.tell(created)
    await c.tell(orderConfirmed({ orderId: 'o1' }))
    expect(c.steps().at(-1)).toMatchObject({ seq: 2, type: 'order.confirmed.v1', from_state: 'reservingStock' })
    expect(c.steps().at(-1)?.note).toBeTruthy()
    await c.tell(reserved)
    expect(c.saga()?.state?.value).toBe('takingPayment')
  })

  it('that nobody knows makes a dead letter of its messages, and so does a message about another order', async () => {
    await c.tell(reserved)
    await c.tell(created)
    await c.tell(inventoryReserved({ orderId: 'other' }), { id: 'x' })
    expect(
      c
        .letters()
        .map(({ reason }) => reason)
        .sort(),
    ).toEqual(['unknown-saga', 'wrong-correlation'])
  })
})

describe('an order', () => {
  it('has one saga: a second start under another saga id is a dead letter and changes nothing', async () => {
    await c.tell(created)
    c.said()
    await c.tell(created, { id: 'forged', correlationId: 's2' })
    expect(c.letters()).toMatchObject([{ reason: 'other-saga', message_id: 'forged' }])
    expect(c.saga('s2')).toBeUndefined()
    expect(c.said()).toEqual([])
  })
})

describe('a cancel request', () => {
  it('that comes before its saga waits for it, and cancels it when it starts', async () => {
    await c.tell(orderCancelRequested({ orderId: 'o1' }))
    expect(c.letters()).toEqual([])
    await c.tell(created)
    expect(c.saga()?.status).toBe('COMPENSATING')
    expect(c.steps().map(({ type }) => type)).toEqual(['order.created.v1', 'order.cancel-requested.v1'])
    expect(c.said().map(({ type }) => type)).toEqual(['inventory.reserve.v1', 'inventory.release.v1'])
    await c.tell(inventoryReleased({ orderId: 'o1' }))
    await c.tell(orderCancelled({ orderId: 'o1', reason: 'cancelled' }))
    expect(c.saga()?.status).toBe('COMPENSATED')
  })

  it('about another order, that names the saga before it starts, cancels nothing and is a dead letter', async () => {
    const foreign = orderCancelRequested({ orderId: 'o2' })
    await c.tell(foreign, { id: 'foreign' })
    await c.tell(orderCancelRequested({ orderId: 'o2', reason: 'and again' }), { id: 'foreign-2' })
    await c.tell(created)
    expect(c.saga()).toMatchObject({ status: 'RUNNING', business_key: 'o1', held: [] })
    expect(c.steps().map(({ type }) => type)).toEqual(['order.created.v1'])
    expect(c.letters()).toMatchObject([
      { message_id: 'foreign', reason: 'wrong-correlation', subject: 'order.cancel-requested.v1', status: 'OPEN' },
      { message_id: 'foreign-2', reason: 'wrong-correlation' },
    ])
    expect(c.letters()[0]?.detail).toBe('saga s1 is about o1, the message about o2')
    // It is the same letter when it comes again, now that the saga runs.
    await c.tell(foreign, { id: 'foreign', time: new Date(0).toISOString() })
    expect(c.letters()).toHaveLength(2)
  })

  it('of the order is granted although another one, about a foreign order, waited with it', async () => {
    await c.tell(orderCancelRequested({ orderId: 'o2' }), { id: 'foreign' })
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'own' })
    await c.tell(created)
    expect(c.saga()?.status).toBe('COMPENSATING')
    expect(c.letters()).toMatchObject([{ message_id: 'foreign' }])
  })
})

describe('a confirmation that comes after the deadline', () => {
  it('is noted, and the refund goes on', async () => {
    await c.tell(created)
    await c.tell(reserved)
    c.pass(STEP_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said().at(-1)?.type).toBe('payment.refund.v1')
    await c.tell(confirmed)
    expect(c.saga()?.status).toBe('COMPENSATING')
    await c.tell(paymentRefunded({ orderId: 'o1', amount: { amount: 200, currency: 'EUR' } }))
    expect(c.said().at(-1)?.type).toBe('inventory.release.v1')
  })
})

describe('a refusal', () => {
  it('counts only for the command that it names', async () => {
    await c.tell(created)
    await c.tell(reserved)
    await c.tell(paymentFailed({ orderId: 'o1', reason: 'declined' }), { causationId: 'another' })
    expect(c.saga()?.state?.value).toBe('takingPayment')
    const charge = c.said().at(-1)
    await c.tell(paymentFailed({ orderId: 'o1', reason: 'declined' }), { id: 'second', causationId: charge?.id ?? '' })
    expect(c.saga()?.status).toBe('COMPENSATING')
  })
})
