import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS } from '../test/coordinating.ts'

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

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

  it('up to the deadline asks twice more, and only then undoes the step as if it had happened', async () => {
    await c.tell(created)
    c.said()
    c.pass(STEP_MS)
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 1 }])
    c.pass(NUDGE_MS - 1)
    await c.wake()
    expect(c.said()).toMatchObject([{ type: 'inventory.reserve.v1', repeat: 2 }])
    expect(c.saga()?.state?.value).toBe('reservingStock')
    c.pass(1)
    await c.wake()
    expect(c.saga()?.status).toBe('COMPENSATING')
    expect(c.said()).toMatchObject([{ type: 'inventory.release.v1', repeat: 0 }])
    expect(c.steps().at(-1)).toMatchObject({ type: 'timer.stockDeadline', seq: 2, from_state: 'reservingStock' })
  })

  it('is judged by questions of the last nudge period, not by one that was asked long before', async () => {
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

  it('is noticed on time: the last questions are asked a nudge period before the deadline, and a second before', async () => {
    await c.tell(created)
    const startedMs = c.nowMs()
    const askedAfterMs: number[] = []
    while (c.saga()?.status === 'RUNNING') {
      c.pass((c.wakeTask()?.due_at ?? 0) - c.nowMs())
      await c.wake()
      if (c.said().some(({ type }) => type === 'inventory.reserve.v1')) askedAfterMs.push(c.nowMs() - startedMs)
    }
    expect(c.nowMs() - startedMs).toBe(STEP_MS)
    expect(askedAfterMs).toEqual([NUDGE_MS, 3 * NUDGE_MS, STEP_MS - NUDGE_MS, STEP_MS - 1_000])
  })

  it('counts only if whoever was asked is known to be there at the deadline, too', async () => {
    await c.tell(created)
    c.pass(STEP_MS - NUDGE_MS)
    await c.wake()
    const askedMs = c.nowMs()
    const settled = (_command: string, sentAtMs: number) => sentAtMs <= askedMs
    while (c.nowMs() < askedMs + 3 * NUDGE_MS) {
      c.pass((c.wakeTask()?.due_at ?? 0) - c.nowMs())
      await c.wake({ settled })
    }
    expect(c.saga()?.state?.value).toBe('reservingStock')
    await c.wake()
    expect(c.saga()?.status).toBe('COMPENSATING')
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
    expect(c.nowMs() - deliveredMs).toBeLessThan(3 * NUDGE_MS)
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
