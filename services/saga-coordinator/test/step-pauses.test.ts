import {
  inventoryCommitted,
  inventoryFailed,
  orderCancelled,
  orderCancelRequested,
  orderConfirmed,
  paymentConfirmed,
} from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS } from './coordinating.ts'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const said = () => c.said().map(({ type }) => type)
const entries = () => c.steps().map(({ type, note }) => (note === null ? type : `${type}: ${note}`))
const untilDue = async (): Promise<void> => {
  c.pass((c.wakeTask()?.due_at ?? 0) - c.nowMs())
  await c.wake()
}

describe('a step that is paused', () => {
  it('lets no saga in: what would bring it there is held, nothing is said, and it goes on when the step does', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    await c.pauseSteps('takingPayment')
    await c.tell(reserved, { id: 'reply', causationId: reserve?.id ?? '' })
    expect(said()).toEqual([])
    expect(c.saga()).toMatchObject({
      status: 'PAUSED',
      paused_by: 'order/takingPayment',
      state: { value: 'reservingStock' },
    })
    c.pass(100 * STEP_MS)
    await c.wake()
    expect(c.saga()).toMatchObject({ status: 'PAUSED', state: { value: 'reservingStock' } })

    await c.pauseSteps()
    await untilDue()
    expect(said()).toEqual(['payment.charge.v1'])
    expect(c.saga()).toMatchObject({ status: 'RUNNING', paused_by: null, held: [], state: { value: 'takingPayment' } })
    expect(entries()).toEqual([
      'order.created.v1',
      'operator.pause: ada: why (step takingPayment)',
      'operator.resume: its step goes on',
      'inventory.reserved.v1',
    ])
  })

  it('asks nothing again and gives nothing up, and its deadline is later by the pause', async () => {
    await c.tell(created)
    await c.tell(reserved)
    c.said()
    c.pass(1_000)
    await c.pauseSteps('takingPayment')
    const pausedAtMs = c.nowMs()
    const [before] = c.saga()?.timers ?? []
    c.pass(NUDGE_MS - 1_000)
    await c.wake()
    expect(c.saga()?.status).toBe('PAUSED')
    c.pass(100 * STEP_MS)
    await c.wake()
    expect(said()).toEqual([])
    await c.pauseSteps()
    await untilDue()
    const pausedForMs = c.nowMs() - pausedAtMs
    const [after] = c.saga()?.timers ?? []
    expect((after?.dueAtMs ?? 0) - (before?.dueAtMs ?? 0)).toBe(Math.ceil(pausedForMs))
    expect(c.saga()).toMatchObject({ status: 'RUNNING', state: { value: 'takingPayment' } })
  })

  it('is left by a reply that leads out of it', async () => {
    await c.tell(created)
    await c.tell(reserved)
    c.said()
    await c.pauseSteps('takingPayment')
    await c.tell(paymentConfirmed({ orderId: 'o1', amount: { amount: 100, currency: 'EUR' } }))
    expect(said()).toEqual(['inventory.commit.v1', 'order.confirm.v1'])
    expect(c.saga()).toMatchObject({ status: 'RUNNING' })
  })

  it('takes a reply that makes the saga say nothing', async () => {
    await c.tell(created)
    await c.tell(reserved)
    await c.tell(paymentConfirmed({ orderId: 'o1', amount: { amount: 100, currency: 'EUR' } }))
    await c.pauseSteps('completing')
    await c.tell(inventoryCommitted({ orderId: 'o1' }))
    expect(c.saga()).toMatchObject({ status: 'RUNNING', state: { value: { completing: { stock: 'done' } } } })
    await c.tell(orderConfirmed({ orderId: 'o1' }))
    expect(c.saga()).toMatchObject({ status: 'COMPLETED' })
  })

  it('holds what a saga has held, up to where it comes to another paused step', async () => {
    await c.tell(created)
    await c.pauseSteps('takingPayment', 'refunding')
    await c.tell(reserved, { id: 'reply' })
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'request' })
    c.said()
    await c.pauseSteps('refunding')
    await untilDue()
    expect(said()).toEqual(['payment.charge.v1'])
    expect(c.saga()).toMatchObject({
      status: 'PAUSED',
      paused_by: 'order/refunding',
      held: [{ message: { id: 'request' } }],
    })
    await c.pauseSteps()
    await untilDue()
    expect(said()).toEqual(['payment.refund.v1'])
    expect(c.saga()).toMatchObject({ status: 'COMPENSATING', held: [] })
  })

  it('is not entered by a deadline either, which passes when the step goes on', async () => {
    await c.tell(created)
    await c.pauseSteps('releasingStock')
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
    c.said()
    expect(c.saga()).toMatchObject({
      status: 'PAUSED',
      paused_by: 'order/releasingStock',
      state: { value: 'reservingStock' },
    })
    await c.pauseSteps()
    for (let tries = 0; c.saga()?.status !== 'COMPENSATING' && tries < 20; tries++) {
      await untilDue()
    }
    expect(said()).toContain('inventory.release.v1')
    expect(c.saga()).toMatchObject({ state: { value: { releasingStock: 'asking' } } })
  })

  it('is looked at again at a whole millisecond', async () => {
    await c.tell(created)
    await c.pauseSteps('takingPayment')
    c.pass(1_234)
    await c.tell(reserved)
    expect(c.reasons()).toEqual([])
    c.pass(20_001)
    await c.wake()
    expect(c.wakeTask()?.due_at).toSatisfy(Number.isInteger)
  })

  it('is not entered by an operator either, who is told what to resume', async () => {
    await c.tell(created)
    await c.pauseSteps('releasingStock')
    const why =
      'Step releasingStock of order is paused (ada: why): resume that first, by POST /definitions/order/resume with { "step": "releasingStock" }.'
    expect(await c.operate('cancel')).toEqual({ kind: 'refused', why })
    await c.tell(orderCancelRequested({ orderId: 'o1' }))
    expect(await c.operate('resume')).toEqual({ kind: 'refused', why })
    await c.pauseSteps()
    c.pass(1_000)
    expect(await c.operate('resume')).toMatchObject({ kind: 'done', answer: { status: 'COMPENSATING' } })
  })
})

describe('a definition that is paused', () => {
  it('starts no saga: the start is kept with what comes after it, and is used when it goes on', async () => {
    await c.pauseSteps('')
    await c.tell(created)
    await c.tell(created)
    expect(said()).toEqual([])
    expect(c.saga()).toMatchObject({
      status: 'PAUSED',
      state: null,
      definition: 'order',
      held: [{ message: { type: created.type } }],
    })
    await c.pauseSteps()
    await untilDue()
    expect(said()).toEqual(['inventory.reserve.v1'])
    expect(c.saga()).toMatchObject({ status: 'RUNNING', state: { value: 'reservingStock' } })
    expect(entries()).toEqual([
      'operator.pause: ada: why (all sagas of its kind)',
      'operator.resume: its step goes on',
      'order.created.v1',
    ])
  })

  it('leaves sagas that have ended as they are, whatever comes late', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    const refused = inventoryFailed({ orderId: 'o1', reason: 'out of stock', missing: [] })
    await c.tell(refused, { causationId: reserve?.id ?? '' })
    const [cancel] = c.said()
    await c.tell(orderCancelled({ orderId: 'o1', reason: 'x' }), { causationId: cancel?.id ?? '' })
    expect(c.saga()).toMatchObject({ status: 'COMPENSATED' })
    await c.pauseSteps('')
    await c.tell(reserved, { id: 'late' })
    expect(c.saga()).toMatchObject({ status: 'COMPENSATED', held: [], paused_by: null })
    expect(c.wakeTask()).toBeUndefined()
  })

  it('keeps a cancel request that came before the start behind it', async () => {
    await c.tell(orderCancelRequested({ orderId: 'o1' }), { id: 'request' })
    await c.pauseSteps('')
    await c.tell(created)
    await c.pauseSteps()
    await untilDue()
    expect(said()).toEqual(['inventory.reserve.v1', 'inventory.release.v1'])
    expect(c.saga()).toMatchObject({ status: 'COMPENSATING' })
  })

  it('holds every reply, and no deadline passes, however long it is', async () => {
    await c.tell(created)
    const [reserve] = c.said()
    await c.pauseSteps('')
    const refused = inventoryFailed({ orderId: 'o1', reason: 'out of stock', missing: [] })
    await c.tell(refused, { causationId: reserve?.id ?? '' })
    c.pass(1_000 * STEP_MS)
    await c.wake()
    expect(said()).toEqual([])
    await c.pauseSteps()
    await untilDue()
    expect(said()).toEqual(['order.cancel.v1'])
  })
})

it('a pause is seen by who knew of none a moment ago, as soon as that is too long ago', async () => {
  await c.tell(created)
  const [reserve] = c.said()
  await c.pauseStepsUnseen('takingPayment')
  c.pass(999)
  const other = await c.tell({ ...reserved, subject: 'o2' }, { id: 'no reply of this saga' })
  expect(other).toBeDefined()
  c.pass(1)
  await c.tell(reserved, { causationId: reserve?.id ?? '' })
  expect(c.saga()?.status).toBe('PAUSED')
})

it('a pause is seen by a transaction that waited for its rows until what it knew was too old', async () => {
  let waitMs = 0
  const slow = coordinating({ waitMs: () => waitMs })
  onTestFinished(() => slow.processor.stop(0))
  await slow.tell(created)
  const [reserve] = slow.said()
  await slow.pauseStepsUnseen('takingPayment')
  waitMs = 1_000
  await slow.tell(reserved, { causationId: reserve?.id ?? '' })
  expect(slow.saga()?.status).toBe('PAUSED')
})
