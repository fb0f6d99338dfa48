import { describe, expect, it } from 'vitest'
import type { Progress } from './bus.ts'
import { ProgressMarks } from './progress-marks.ts'

const at = (
  last: number,
  floors: Record<string, [stream: string, floor: number, pending: number]>,
  incarnation = 'a',
) =>
  ({
    streams: { C: { incarnation, lastSequence: last }, E: { incarnation, lastSequence: last } },
    durables: Object.fromEntries(
      Object.entries(floors).map(([name, [stream, ackFloor, pending]]) => [
        name,
        { stream, ackFloor, pending, unacked: 0 },
      ]),
    ),
  }) satisfies Progress

describe('progress marks', () => {
  it('count nothing as handled before the first sample', () => {
    expect(new ProgressMarks().settledUpTo('asked', ['replies'])).toBe(0)
  })

  it('count a command as still on its way while its consumer has not acked what was published by then', () => {
    const marks = new ProgressMarks()
    marks.sample(at(10, { asked: ['C', 10, 0], replies: ['E', 10, 0] }), 1_000)
    marks.sample(at(50, { asked: ['C', 12, 38], replies: ['E', 50, 0] }), 2_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(1_000)
  })

  it('count a reply as still on its way while our own consumer is behind', () => {
    const marks = new ProgressMarks()
    marks.sample(at(10, { asked: ['C', 10, 0], replies: ['E', 10, 0] }), 1_000)
    marks.sample(at(50, { asked: ['C', 50, 0], replies: ['E', 11, 39] }), 2_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(1_000)
    marks.sample(at(60, { asked: ['C', 60, 0], replies: ['E', 55, 5] }), 3_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(2_000)
    expect(marks.settledUpTo('asked', ['replies'], 2_999)).toBe(1_000)
  })

  it('count what a lost stream held as handled: it is not on its way any more', () => {
    const marks = new ProgressMarks()
    marks.sample(at(90, { asked: ['C', 10, 80], replies: ['E', 90, 0] }), 1_000)
    marks.sample(at(0, { asked: ['C', 0, 0], replies: ['E', 0, 0] }, 'b'), 2_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(2_000)
  })

  it('count what was queued before anybody watched as still on its way, until it was acked', () => {
    const marks = new ProgressMarks()
    marks.sample(at(50, { asked: ['C', 12, 38], replies: ['E', 50, 0] }), 1_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(0)
    marks.sample(at(90, { asked: ['C', 49, 41], replies: ['E', 90, 0] }), 2_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(0)
    marks.sample(at(95, { asked: ['C', 50, 45], replies: ['E', 95, 0] }), 3_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(1_000)
  })

  it('count what a stream holds that was made anew as still on its way, and nothing that was said before', () => {
    const marks = new ProgressMarks()
    marks.sample(at(90, { asked: ['C', 10, 80], replies: ['E', 90, 0] }), 1_000)
    marks.sample(at(5, { asked: ['C', 0, 5], replies: ['E', 5, 0] }, 'b'), 2_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(2_000)
    marks.sample(at(9, { asked: ['C', 0, 9], replies: ['E', 9, 0] }, 'b'), 3_000)
    expect(marks.settledUpTo('asked', ['replies'])).toBe(2_000)
  })

  it('trust neither end of a look that took long: what came meanwhile is on its way, what was lost is lost at its end', () => {
    const marks = new ProgressMarks()
    const idle = { asked: ['C', 10, 0] } as Record<string, [string, number, number]>
    marks.sample(at(10, idle), 1_000, 1_010)
    marks.sample(at(10, idle, 'b'), 2_000, 4_000)
    expect(marks.handledUpTo('asked')).toBe(2_000)
    expect(marks.handledUpTo('asked', 3_999)).toBe(1_000)
    expect(marks.wholeSinceMs()).toBe(4_000)
  })

  it('know since when the broker was there without a gap and with the same streams', () => {
    const marks = new ProgressMarks()
    const idle = { asked: ['C', 10, 0] } as Record<string, [string, number, number]>
    expect(marks.wholeSinceMs()).toBe(Number.POSITIVE_INFINITY)
    marks.sample(at(10, idle), 1_000)
    marks.sample(at(10, idle), 5_900)
    expect(marks.wholeSinceMs()).toBe(1_000)
    marks.sample(at(10, idle), 11_000)
    expect(marks.wholeSinceMs()).toBe(11_000)
    marks.sample(at(0, idle, 'b'), 11_500)
    expect(marks.wholeSinceMs()).toBe(11_500)
  })
})
