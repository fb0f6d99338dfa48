import { paymentRefundFailed } from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_HISTORY } from '../src/advance.ts'
import type { Change } from '../src/timers/change.ts'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS, STUCK_MS } from './coordinating.ts'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const HOUR_MS = 3_600_000
const move = (change: Change, name = 'stockDeadline', arm = 1) =>
  c.setTimers({ action: 'move-timer', choice: { sagaId: 's1', name, arm }, change })
const by = (byMs: number) => move({ kind: 'by', byMs })
const cancel = (name = 'stockDeadline', arm = 1) =>
  c.setTimers({ action: 'cancel-timer', choice: { sagaId: 's1', name, arm }, change: { kind: 'cancel' } })
const shift = (byMs: number) =>
  c.setTimers({ action: 'shift-timers', choice: { definition: 'order' }, change: { kind: 'by', byMs } })
const state = () => c.saga()?.state?.value
const timers = () => c.saga()?.timers.map(({ name, arm, dueAtMs }) => ({ name, arm, inMs: dueAtMs - c.nowMs() }))
const refused = (text: string) => ({ kind: 'refused', why: expect.stringContaining(text) as string })
/** Wakes it as often as its task is due, for so long. */
const live = async (ms: number) => {
  for (const endMs = c.nowMs() + ms; ; ) {
    const dueAtMs = c.wakeTask()?.due_at ?? Number.POSITIVE_INFINITY
    if (dueAtMs > endMs) return c.pass(endMs - c.nowMs())
    c.pass(Math.max(1, dueAtMs - c.nowMs()))
    await c.wake()
  }
}
/** A saga that waits to ask for a refund once more. */
const backingOff = async () => {
  await c.tell(created)
  await c.tell(reserved)
  await c.operate('cancel')
  const refund = c.said().find(({ type }) => type === 'payment.refund.v1')
  const amount = { amount: 100, currency: 'EUR' }
  await c.tell(paymentRefundFailed({ orderId: 'o1', amount, reason: 'no' }), { causationId: refund?.id ?? '' })
  expect(state()).toEqual({ refunding: 'backingOff' })
}

describe('a timer that is moved', () => {
  it('to a later time fires then, and not before, and what was asked is asked again meanwhile', async () => {
    await c.tell(created)
    await by(HOUR_MS)
    c.said()
    await live(STEP_MS + HOUR_MS - 1_000)
    expect(state()).toBe('reservingStock')
    expect(c.said().length).toBeGreaterThan(10)
    await live(1_000)
    expect(state()).toEqual({ releasingStock: 'asking' })
  })

  it('into the past is due at once: a deadline asks once more and fires a nudge period later, and no sooner', async () => {
    await c.tell(created)
    c.said()
    c.pass(1_000)
    expect(await move({ kind: 'to', dueAtMs: 0 })).toMatchObject({ kind: 'done', answer: { dueNow: 1 } })
    expect(timers()).toEqual([{ name: 'stockDeadline', arm: 1, inMs: 0 }])
    expect(c.wakeTask()).toMatchObject({ due_at: c.nowMs() })
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
    await live(NUDGE_MS - 1)
    expect(state()).toBe('reservingStock')
    await live(2_000)
    expect(state()).toEqual({ releasingStock: 'asking' })
  })

  it('fires without any news when ten times its length is over, counted as if it had begun so much later', async () => {
    await c.tell(created)
    await by(HOUR_MS)
    const silent = { settled: () => false }
    c.pass(HOUR_MS + 10 * STEP_MS - 1)
    await c.wake(silent)
    expect(state()).toBe('reservingStock')
    c.pass(1)
    await c.wake(silent)
    expect(state()).toEqual({ releasingStock: 'asking' })
  })

  it('and waits for no reply fires at once', async () => {
    await backingOff()
    await move({ kind: 'to', dueAtMs: c.nowMs() }, 'refundBackoff', c.saga()?.timers[0]?.arm)
    await c.wake()
    expect(state()).toEqual({ refunding: 'asking' })
  })

  it('is later by a pause, too, and shown as it was then by time travel', async () => {
    await c.tell(created)
    await by(HOUR_MS)
    c.pass(1)
    await c.operate('pause')
    c.pass(10_000)
    await c.operate('resume')
    c.pass(1)
    await shift(-60_000)
    const timersAt = (seq: number) => {
      const past = c.past(seq)
      return 'timers' in past ? past.timers : past
    }
    const started = { ...timersAt(1) }
    expect(timersAt(2)).toMatchObject([
      { dueAtMs: c.nowMs() + STEP_MS + HOUR_MS - 10_002, movedBy: expect.any(String) },
    ])
    expect(timersAt(5)).toEqual(c.saga()?.timers)
    expect(started).not.toEqual(timersAt(5))
    expect(timers()).toEqual([{ name: 'stockDeadline', arm: 1, inMs: STEP_MS + HOUR_MS - 60_000 - 2 }])
  })

  it('makes its saga stuck no more, which was as the deadline could not ask', async () => {
    await c.tell(created)
    c.pass(STEP_MS + 1)
    await c.wake({ settled: () => false })
    c.pass(STUCK_MS + 1)
    await c.wake({ settled: () => false })
    expect(c.concerns()).toMatchObject([{ kind: 'stuck' }])
    await c.place({ asked: c.saga()?.asked.map((each) => ({ ...each, nudgeAtMs: c.nowMs() + HOUR_MS })) ?? [] })
    await shift(HOUR_MS)
    expect(c.concerns()).toEqual([])
  })

  it('is refused when it fired, was stopped, or was armed anew since', async () => {
    await c.tell(created)
    await c.tell(reserved)
    expect(await by(HOUR_MS)).toEqual(refused('No timer stockDeadline runs: it has fired, was stopped'))
    expect(await move({ kind: 'by', byMs: 1 }, 'paymentDeadline', 1)).toEqual(
      refused('armed anew since: it runs as arm 2'),
    )
    expect(c.audit()).toEqual([])
    expect(c.steps()).toHaveLength(2)
  })

  it.each([
    ['after', ['timer.stockDeadline']],
    ['before', ['operator.move-timer']],
  ])('in the moment in which it fires is moved before that or not at all: %s', async (when, done) => {
    await c.tell(created)
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    c.pass(NUDGE_MS)
    const wakes = () => c.wake()
    const moves = () => by(HOUR_MS)
    const both = when === 'after' ? [wakes(), moves()] : [moves(), wakes()]
    const answers = await Promise.all(both)
    if (when === 'after') expect(answers[1]).toEqual(refused('No timer stockDeadline runs: it has fired'))
    else expect(answers[0]).toMatchObject({ kind: 'done' })
    expect(c.steps().map(({ type }) => type)).toEqual(['order.created.v1', ...done])
    expect(c.audit()).toHaveLength(when === 'after' ? 0 : 1)
    expect(c.auditFaults()).toEqual([])
  })
})

describe('a timer that is cancelled', () => {
  it('never fires: its saga waits for the reply, is asked again and again, and goes on with it', async () => {
    await c.tell(created)
    expect(await cancel()).toMatchObject({ kind: 'done', answer: { after: null, waitingFor: [{ kind: 'message' }] } })
    expect(c.view().waitingFor).toEqual([expect.not.objectContaining({ deadlineAt: expect.anything() })])
    expect(c.steps().at(-1)).toMatchObject({ note: expect.stringContaining('is cancelled') as string })
    c.said()
    await live(20 * STEP_MS)
    expect(state()).toBe('reservingStock')
    expect(c.said().length).toBeGreaterThan(5)
    expect(c.past(2)).toMatchObject({ timers: [] })
    await c.tell(reserved)
    expect(state()).toBe('takingPayment')
    expect(timers()).toMatchObject([{ name: 'paymentDeadline' }])
  })

  it('is refused where the saga goes on by nothing else', async () => {
    await backingOff()
    const [timer] = c.saga()?.timers ?? []
    expect(await cancel('refundBackoff', timer?.arm)).toEqual(refused('would wait in silence. Move it'))
    expect(c.saga()?.timers).toEqual([timer])
  })
})

describe('timers of a saga', () => {
  it('that is paused, or whose step is, stand still and are not moved', async () => {
    await c.tell(created)
    await c.operate('pause')
    expect(await shift(1)).toEqual(refused('its timers stand still'))
    await c.operate('resume')
    await c.pauseSteps('reservingStock')
    expect(await shift(1)).toEqual(refused('Step reservingStock of order is paused'))
  })

  it('of a version that nobody knows, or with a full history, are not moved', async () => {
    await c.tell(created)
    await c.place({ version: 9 })
    expect(await shift(1)).toEqual(refused('No running coordinator knows order version 9'))
    await c.place({ version: 1 })
    await c.lengthen(MAX_HISTORY - 1)
    expect(await shift(1)).toEqual(refused('The history is full'))
    expect(c.audit()).toEqual([])
  })

  it('that has ended are gone', async () => {
    await c.tell(created)
    await c.place({ ended_at: c.nowMs(), timers: [], status: 'COMPENSATED' })
    expect(await by(1)).toEqual(refused('The saga has ended as COMPENSATED'))
  })
})
