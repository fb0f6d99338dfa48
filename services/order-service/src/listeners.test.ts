import type { Progress } from '@skald/messaging'
import { expect, test } from 'vitest'
import { LISTENING_DURABLES, Listeners } from './listeners.ts'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER } from './orders/announcements.ts'

const [STARTS = '', CANCELS = ''] = LISTENING_DURABLES

const at = (last: number, floors: Readonly<Record<string, number>>, incarnation = 'a'): Progress => ({
  streams: { EVENTS: { incarnation, lastSequence: last } },
  durables: Object.fromEntries(
    Object.entries(floors).map(([durable, ackFloor]) => [
      durable,
      { stream: 'EVENTS', ackFloor, pending: last - ackFloor, unacked: 0 },
    ]),
  ),
})

test('each announcement is handled when the durable that hears it has acked what was said by then', () => {
  const listeners = new Listeners()
  expect(listeners.handledUpToMs(ANNOUNCE_ORDER)).toBeLessThanOrEqual(0)
  listeners.sample(at(10, { [STARTS]: 10, [CANCELS]: 10 }), 10_000)
  listeners.sample(at(20, { [STARTS]: 12, [CANCELS]: 20 }), 20_000)
  expect(listeners.handledUpToMs(ANNOUNCE_ORDER)).toBe(9_750)
  expect(listeners.handledUpToMs(ANNOUNCE_CANCEL)).toBe(19_750)
})

test('what a lost stream held is on its way no more, also while the durable is not there again', () => {
  const listeners = new Listeners()
  listeners.sample(at(10, { [STARTS]: 2 }), 10_000)
  listeners.sample(at(0, {}, 'b'), 20_000)
  listeners.lost(20_100)
  expect(listeners.handledUpToMs(ANNOUNCE_ORDER)).toBe(20_100)
})
