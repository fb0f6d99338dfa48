import { describe, expect, it } from 'vitest'
import { coordinating, created, NUDGE_MS, STEP_MS } from '../test/coordinating.ts'
import { SAMPLE_EVERY_MS } from './waking.ts'

const ON_ITS_WAY = { settled: () => false }

describe('a saga whose question is still on its way', () => {
  it('is looked at again later, and in time for its deadline', async () => {
    const c = coordinating()
    await c.tell(created)
    c.pass(NUDGE_MS)
    await c.wake(ON_ITS_WAY)
    expect(c.wakeTask()?.due_at).toBe(c.nowMs() + NUDGE_MS / 4)
    c.pass(STEP_MS - NUDGE_MS - 100)
    await c.wake(ON_ITS_WAY)
    expect(c.wakeTask()?.due_at).toBe((c.saga()?.started_at ?? 0) + STEP_MS)
    await c.processor.stop(0)
  })

  it('is looked at ever more seldom while nobody can be asked, and soon again once somebody was', async () => {
    const c = coordinating()
    await c.tell(created)
    c.pass(5 * STEP_MS)
    await c.wake(ON_ITS_WAY)
    const late = (c.wakeTask()?.due_at ?? 0) - c.nowMs()
    expect(late).toBeGreaterThan(NUDGE_MS)
    c.pass(late)
    await c.wake()
    expect((c.wakeTask()?.due_at ?? 0) - c.nowMs()).toBeLessThanOrEqual(NUDGE_MS / 4)
    await c.processor.stop(0)
  })

  it('is not looked at again before the broker has been asked how far it is', async () => {
    const nudgeMs = SAMPLE_EVERY_MS / 2
    const c = coordinating({ nudgeAfterMs: nudgeMs })
    await c.tell(created)
    c.pass(nudgeMs)
    await c.wake(ON_ITS_WAY)
    expect(c.wakeTask()?.due_at).toBe(c.nowMs() + SAMPLE_EVERY_MS)
    await c.processor.stop(0)
  })
})
