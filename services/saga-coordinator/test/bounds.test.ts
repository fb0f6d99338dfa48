import { inventoryFailed, orderCancelled, orderCancelRequested } from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_HISTORY, MAX_UNUSED } from '../src/advance.ts'
import { MAX_HELD } from '../src/hold.ts'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS, unused } from './coordinating.ts'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

describe('a history', () => {
  it('takes what the saga cannot use up to the bound; then it is a dead letter, and replies still count', async () => {
    await c.tell(created)
    await c.lengthen(MAX_UNUSED - 1)
    await c.tell(unused, { id: 'last' })
    expect(c.saga()?.revision).toBe(MAX_UNUSED)
    expect(c.reasons()).toEqual([])
    await c.tell(unused, { id: 'one too many' })
    expect(c.saga()?.revision).toBe(MAX_UNUSED)
    expect(c.reasons()).toEqual(['one too many: history-full'])
    await c.tell(reserved)
    expect(c.saga()).toMatchObject({ revision: MAX_UNUSED + 1, state: { value: 'takingPayment' } })
  })

  it('that reaches the bound stops its saga, which waits for a person and is woken for nothing', async () => {
    await c.tell(created)
    await c.lengthen(MAX_HISTORY - 2)
    await c.tell(reserved)
    expect(c.saga()).toMatchObject({ status: 'RUNNING', revision: MAX_HISTORY - 1 })
    c.said()
    c.pass(STEP_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.saga()).toMatchObject({ status: 'NEEDS_ATTENTION', revision: MAX_HISTORY, asked: [], timers: [] })
    c.pass(10 * STEP_MS)
    await c.wake()
    expect(c.wakeTask()).toBeUndefined()
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'late' })
    expect(c.saga()?.revision).toBe(MAX_HISTORY)
    expect(c.reasons()).toEqual(['late: history-full'])
  })

  it('that ends at the bound has ended', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    const missing = [{ sku: 'A', requested: 2, available: 0 }]
    const failed = inventoryFailed({ orderId: 'o1', reason: 'out of stock', missing })
    await c.tell(failed, { causationId: reserve?.id ?? '' })
    await c.lengthen(MAX_HISTORY - 1)
    await c.tell(orderCancelled({ orderId: 'o1', reason: 'out of stock' }), { causationId: c.said()[0]?.id ?? '' })
    expect(c.saga()).toMatchObject({ status: 'COMPENSATED', revision: MAX_HISTORY })
  })
})

describe('messages that wait for their saga', () => {
  it('are held up to the bound, and used when it starts; what is beyond is a dead letter', async () => {
    for (let n = 1; n <= MAX_HELD; n++) await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: `early ${n}` })
    expect(c.reasons()).toEqual([])
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: `early ${MAX_HELD}` })
    expect(c.reasons()).toEqual([])
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'one too many' })
    expect(c.reasons()).toEqual(['one too many: too-many-held'])
    await c.tell(created)
    expect(c.saga()).toMatchObject({ status: 'COMPENSATING', revision: 1 + MAX_HELD, held: [] })
  })
})
