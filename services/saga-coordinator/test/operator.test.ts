import { inventoryReleased, orderCancelled, orderCancelRequested } from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_HISTORY, MAX_UNUSED } from '../src/advance.ts'
import { auditFaults } from '../src/store/audit-tables.ts'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS, unused } from './coordinating.ts'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const notes = () => c.steps().map(({ type, note }) => `${type}: ${note}`)
const WHY = { kind: 'refused', why: expect.any(String) as string }

/** A saga whose release was silent until a person is asked. */
const needsPerson = async (): Promise<void> => {
  await c.tell(created)
  await c.operate('cancel')
  for (let tries = 0; c.saga()?.status !== 'NEEDS_ATTENTION' && tries < 20; tries++) {
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
  }
  expect(c.saga()).toMatchObject({ status: 'NEEDS_ATTENTION', state: { value: { releasingStock: 'needsPerson' } } })
  c.said()
}

describe('an action', () => {
  it('cancel undoes, and its reason stays in the history, in the audit, and goes to the order', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    const answer = { sagaId: 's1', action: 'cancel', status: 'COMPENSATING', state: { releasingStock: 'asking' } }
    expect(await c.operate('cancel', { reason: 'fraud', actor: 'bob' })).toMatchObject({ kind: 'done', answer })
    expect(notes()).toEqual(['order.created.v1: null', 'operator.cancel: bob: fraud'])
    const [release] = c.said()
    expect(release).toMatchObject({ type: 'inventory.release.v1', causationId: c.steps()[1]?.message_id })
    await c.tell(inventoryReleased({ orderId: 'o1' }), { causationId: release?.id ?? '' })
    expect(c.said()).toMatchObject([{ data: { reason: 'cancelled by an operator: fraud' } }])
    expect(c.audit()).toMatchObject([
      {
        seq: 1,
        actor: 'bob',
        action: 'cancel',
        saga_id: 's1',
        reason: 'fraud',
        before: { status: 'RUNNING', state: 'reservingStock' },
        after: { status: 'COMPENSATING', state: { releasingStock: 'asking' } },
      },
    ])
    expect(reserve?.type).toBe('inventory.reserve.v1')
  })

  it('retry asks again, is nudged and timed like the first time, and has a fresh round of attempts', async () => {
    await needsPerson()
    expect(await c.operate('retry')).toMatchObject({ kind: 'done', answer: { status: 'COMPENSATING' } })
    expect(c.said()).toMatchObject([{ type: 'inventory.release.v1', repeat: 0 }])
    expect(c.wakeTask()).toMatchObject({ due_at: c.nowMs() + NUDGE_MS })
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said().find(({ type }) => type === 'inventory.release.v1')).toMatchObject({ repeat: 1 })
    expect(c.saga()?.state?.context['tries']).toEqual({})
  })

  it('skip ends the wait for good: what is said late changes nothing', async () => {
    await needsPerson()
    await c.operate('skip', { reason: 'counted by hand' })
    expect(c.saga()).toMatchObject({ state: { value: { cancellingOrder: 'asking' } } })
    expect(c.said()).toMatchObject([{ type: 'order.cancel.v1' }])
    expect(notes().at(-1)).toBe('operator.skip: ada: counted by hand')
    await c.tell(inventoryReleased({ orderId: 'o1' }))
    expect(c.saga()).toMatchObject({ state: { value: { cancellingOrder: 'asking' } } })
  })

  it('given twice is done once: the second one finds another state, and says so', async () => {
    await c.tell(created)
    const [first, second] = await Promise.all([c.operate('cancel', { id: 'a' }), c.operate('cancel', { id: 'b' })])
    expect([first, second]).toMatchObject([
      { kind: 'done' },
      { kind: 'refused', why: expect.stringContaining('undone') },
    ])
    expect(c.steps()).toHaveLength(2)
  })

  it('that races the reply it is about finds the one or the other, and nothing is done twice', async () => {
    await needsPerson()
    const racing = [c.operate('skip'), c.tell(inventoryReleased({ orderId: 'o1' }))]
    await Promise.all(racing)
    expect(c.saga()).toMatchObject({ state: { value: { cancellingOrder: 'asking' } } })
    expect(c.said().filter(({ type }) => type === 'order.cancel.v1')).toHaveLength(1)
    expect(c.auditFaults()).toEqual([])
  })

  it('of a saga that has ended, is archived, of an unknown version, or full is refused', async () => {
    await c.tell(created)
    await c.place({ version: 9 })
    expect(await c.operate('pause')).toMatchObject({ why: expect.stringContaining('order version 9') })
    await c.place({ version: 1 })
    for (const [action, last] of [
      ['cancel', MAX_HISTORY - 1],
      ['pause', MAX_HISTORY - 2],
    ] as const) {
      await c.lengthen(last)
      expect(await c.operate(action)).toMatchObject({ why: expect.stringContaining('history is full') })
    }
    expect(await c.operate('cancel')).toMatchObject({ kind: 'done' })
    await c.place({ ended_at: c.nowMs(), status: 'COMPENSATED' })
    expect(await c.operate('resume', { id: 'later' })).toMatchObject({ why: expect.stringContaining('COMPENSATED') })
    expect(c.audit()).toHaveLength(1)
  })
})

describe('an Idempotency-Key', () => {
  const repeatable = { key: 'k', digest: 'd' }

  it('given again has the same answer, whatever became of the saga, and is done once', async () => {
    await c.tell(created)
    const first = await c.operate('cancel', { repeatable, id: 'a' })
    const [release] = c.said().slice(1)
    await c.tell(inventoryReleased({ orderId: 'o1' }), { causationId: release?.id ?? '' })
    await c.tell(orderCancelled({ orderId: 'o1', reason: 'r' }), { causationId: c.said()[0]?.id ?? '' })
    expect(c.saga()).toMatchObject({ status: 'COMPENSATED' })
    const again = await c.operate('cancel', { repeatable, id: 'b' })
    expect(again).toEqual({ kind: 'done', answer: first.kind === 'done' && first.answer })
    expect(c.audit()).toMatchObject([{ idempotency_key: 'k' }])
  })

  it('of something else is refused, and a refused action stays refused, when it could be done by then, too', async () => {
    await c.tell(created)
    const first = await c.operate('resume', { repeatable, id: 'a' })
    expect(first).toMatchObject(WHY)
    await c.operate('pause')
    expect(await c.operate('resume', { repeatable, id: 'b' })).toEqual(first)
    expect(c.saga()?.status).toBe('PAUSED')
    const other = { ...repeatable, digest: 'other' }
    expect(await c.operate('pause', { repeatable: other, id: 'c' })).toEqual({ kind: 'key-reused' })
  })
})

describe('a paused saga', () => {
  it('hears, asks and gives up nothing, and goes on with what it heard and all its time', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    c.pass(NUDGE_MS - 1_000)
    await c.operate('pause')
    expect(c.wakeTask()).toBeUndefined()
    const timersBefore = c.saga()?.timers
    c.pass(100 * STEP_MS)
    await c.wake()
    await c.tell(reserved, { id: 'reply', causationId: reserve?.id ?? '' })
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'request' })
    expect(c.said()).toEqual([])
    expect(c.saga()).toMatchObject({ status: 'PAUSED', timers: timersBefore, revision: 2 })

    await c.operate('resume')
    expect(c.saga()).toMatchObject({ status: 'COMPENSATING', held: [], state: { value: { refunding: 'asking' } } })
    expect(c.steps().map(({ message_id, type }) => message_id.slice(0, 7) && type)).toEqual([
      'order.created.v1',
      'operator.pause',
      'operator.resume',
      'inventory.reserved.v1',
      'order.cancel-requested.v1',
    ])
    expect(c.said().map(({ type }) => type)).toEqual(['payment.charge.v1', 'payment.refund.v1'])
    expect(c.wakeTask()).toMatchObject({ due_at: c.nowMs() + NUDGE_MS })
  })

  it('that heard nothing is nudged and times out later by the pause, after a question of its own', async () => {
    await c.tell(created)
    c.pass(1_000)
    await c.operate('pause')
    c.pass(100 * STEP_MS)
    await c.operate('resume')
    c.said()
    expect(c.wakeTask()).toMatchObject({ due_at: c.nowMs() + NUDGE_MS - 1_000 })
    c.pass(STEP_MS - 1_000)
    await c.wake()
    expect(c.saga()).toMatchObject({ state: { value: 'reservingStock' } })
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.saga()).toMatchObject({ state: { value: { releasingStock: 'asking' } } })
  })

  it('has no wake of a question that went out meanwhile, and is woken again when it goes on', async () => {
    await c.tell(created)
    c.said()
    c.pass(NUDGE_MS)
    const publish = c.bus.publish.bind(c.bus)
    c.bus.publish = async (publication) => {
      c.bus.publish = publish
      await c.operate('pause')
      return publish(publication)
    }
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
    expect(c.saga()).toMatchObject({ status: 'PAUSED', wake_at: null })
    expect(c.wakeTask()).toBeUndefined()
    c.pass(100 * STEP_MS)
    await c.operate('resume')
    c.said()
    expect(c.wakeTask()).toBeDefined()
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
  })

  it('that waited for a person waits again when it goes on', async () => {
    await needsPerson()
    await c.operate('pause')
    expect(c.saga()?.status).toBe('PAUSED')
    expect(await c.operate('resume')).toMatchObject({ kind: 'done', answer: { status: 'NEEDS_ATTENTION' } })
  })

  it('holds replies when junk has filled what is held, and turns none of them into a dead letter', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    await c.operate('pause')
    const held = { message: { ...created, id: 'x', source: '/s', time: '', correlationId: 's1' }, digest: '' }
    const junk = Array.from({ length: MAX_UNUSED - 3 }, (_, index) => ({
      ...held,
      message: { ...held.message, type: unused.type, data: unused.data, id: `junk ${index}` },
    }))
    await c.place({ held: junk })
    await c.tell(unused, { id: 'one too many' })
    expect(c.reasons()).toEqual(['one too many: history-full'])
    await c.tell(reserved, { id: 'reply', causationId: reserve?.id ?? '' })
    expect(c.reasons()).toHaveLength(1)
    await c.operate('resume')
    expect(c.saga()).toMatchObject({ status: 'RUNNING', state: { value: 'takingPayment' }, revision: MAX_UNUSED + 1 })
    expect(c.reasons()).toHaveLength(1)
  })
})

describe('the audit', () => {
  it('is one chain: a changed row, a removed one, a removed end and one put in are told', async () => {
    await c.tell(created)
    for (const action of ['pause', 'resume', 'pause', 'resume'] as const) {
      await c.operate(action)
      c.pass(10)
    }
    const rows = c.audit()
    const [first, second, third, fourth] = rows
    if (!first || !second || !third || !fourth) throw new Error('four actions were written down')
    const head = { name: 'audit', seq: 4, hash: fourth.hash }
    const faults = (entries: typeof rows) => [...auditFaults(entries, head)]
    expect(faults(rows)).toEqual([])
    expect(faults([first, { ...second, reason: 'other' }, third, fourth])).toEqual(['entry 2 is not as it was written'])
    expect(faults([first, third, fourth])).toEqual(['entry 2 is missing: 3 follows 1'])
    expect(faults([first, second, third])).toEqual(['the last entry is 3, 4 were written'])
    expect(faults([first, second, third, { ...first, seq: 4 }])).toEqual([
      'entry 4 is not as it was written',
      'entry 4 is not the one that was written last',
    ])
  })
})
