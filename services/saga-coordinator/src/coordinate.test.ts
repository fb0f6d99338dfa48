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

describe('silence', () => {
  it('makes the coordinator ask again: the same command, the next repeat, with growing waits', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    await c.wake()
    expect(c.said()).toEqual([])
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said()).toEqual([{ ...reserve, repeat: 1 }])
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said()).toEqual([])
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said()).toEqual([{ ...reserve, repeat: 2 }])
    expect(c.steps()).toHaveLength(1)
  })

  it('of something still on its way asks nothing', async () => {
    await c.tell(created)
    c.said()
    c.pass(STEP_MS + NUDGE_MS)
    await c.wake({ settled: () => false })
    expect(c.said()).toEqual([])
    expect(c.saga()?.state?.value).toBe('reservingStock')
    expect(c.wakeTask()?.due_at).toBeGreaterThan((c.saga()?.updated_at ?? 0) + STEP_MS)
  })

  it('up to the deadline asks once more, and only then undoes the step as if it had happened', async () => {
    await c.tell(created)
    c.said()
    c.pass(STEP_MS)
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
    c.pass(NUDGE_MS - 1)
    await c.wake()
    expect(c.saga()?.state?.value).toBe('reservingStock')
    c.pass(1)
    await c.wake()
    expect(c.saga()?.status).toBe('COMPENSATING')
    expect(c.said()).toMatchObject([{ type: 'inventory.release.v1', repeat: 0 }])
    expect(c.steps().at(-1)).toMatchObject({ type: 'timer.stockDeadline', seq: 2, from_state: 'reservingStock' })
  })

  it('is judged by a question of the last nudge period, not by one that was asked long before', async () => {
    await c.tell(created)
    c.pass(NUDGE_MS)
    await c.wake()
    c.said()
    c.pass(STEP_MS)
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 2 }])
    expect(c.saga()?.state?.value).toBe('reservingStock')
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.saga()?.status).toBe('COMPENSATING')
  })

  it('is noticed on time: the last question is asked a nudge period before the deadline', async () => {
    await c.tell(created)
    const startedMs = c.nowMs()
    while (c.saga()?.status === 'RUNNING') {
      c.pass((c.wakeTask()?.due_at ?? 0) - c.nowMs())
      await c.wake()
    }
    expect(c.nowMs() - startedMs).toBe(STEP_MS)
    expect(c.said().filter(({ type }) => type === 'inventory.reserve.v1')).toHaveLength(4)
  })

  it('begins when the last question was delivered, which may be long after it was asked', async () => {
    await c.tell(created)
    c.pass(STEP_MS)
    await c.wake()
    const deliveredMs = c.nowMs() + 10 * NUDGE_MS
    const settled = (_command: string, _sentAtMs: number, knownAtMs = c.nowMs()) => knownAtMs >= deliveredMs
    while (c.saga()?.status === 'RUNNING') {
      c.pass((c.wakeTask()?.due_at ?? 0) - c.nowMs())
      await c.wake({ settled })
    }
    expect(c.nowMs() - deliveredMs).toBeGreaterThanOrEqual(NUDGE_MS)
    expect(c.nowMs() - deliveredMs).toBeLessThan(2 * NUDGE_MS)
  })

  it('across a loss of the broker or a restart is no silence: what was asked before is asked again', async () => {
    await c.tell(created)
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    c.said()
    c.pass(10 * STEP_MS)
    const lostAtMs = c.nowMs() - 1
    const wholeSinceMs = () => lostAtMs
    await c.wake({ wholeSinceMs })
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 2 }])
    c.pass(NUDGE_MS - 1)
    await c.wake({ wholeSinceMs })
    expect(c.said()).toEqual([])
    expect(c.saga()?.state?.value).toBe('reservingStock')
    c.pass(1)
    await c.wake({ wholeSinceMs })
    expect(c.saga()?.status).toBe('COMPENSATING')
  })

  it('after a question that could not be sent is no silence: it is asked again under the same number', async () => {
    await c.tell(created)
    c.said()
    c.pass(STEP_MS - NUDGE_MS)
    c.bus.failing = true
    await expect(c.wake()).rejects.toThrow('does not answer')
    expect(c.saga()?.asked).toMatchObject([{ nudges: 0 }])
    c.bus.failing = false
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.saga()).toMatchObject({ state: { value: 'reservingStock' }, asked: [{ nudges: 1, askedAtMs: c.nowMs() }] })
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
  })

  it('after a question that the broker stored and lost before it was recorded is none either', async () => {
    await c.tell(created)
    c.pass(STEP_MS)
    const wholeSinceMs = () => c.nowMs() + 1
    await c.wake({ wholeSinceMs })
    expect(c.saga()?.asked).toMatchObject([{ nudges: 0 }])
    expect(c.wakeTask()?.due_at).toBeLessThan(c.nowMs() + STEP_MS)
  })

  it('that an outage keeps from being asked about ends after ten times the deadline', async () => {
    await c.tell(created)
    c.pass(10 * STEP_MS)
    await c.wake({ settled: () => false })
    expect(c.saga()?.status).toBe('COMPENSATING')
  })

  it('broken by a reply at the last moment is no silence', async () => {
    await c.tell(created)
    c.pass(STEP_MS)
    await c.tell(reserved)
    await c.wake()
    expect(c.saga()?.state?.value).toBe('takingPayment')
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
