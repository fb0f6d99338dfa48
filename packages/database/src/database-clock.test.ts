import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DatabaseClock } from './database-clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('the time goes on from the last answer, and must be asked again after ten seconds', () => {
  const clock = new DatabaseClock()
  expect(clock.nowMs()).toBeUndefined()
  const ownMs = performance.now()
  clock.read(5_000_000, ownMs, ownMs)
  vi.advanceTimersByTime(9_999)
  expect(clock.nowMs()).toBe(5_009_999)
  vi.advanceTimersByTime(2)
  expect(clock.nowMs()).toBeUndefined()
})
