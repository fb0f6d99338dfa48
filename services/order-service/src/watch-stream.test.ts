import { expect, test } from 'vitest'
import { lossOf } from './watch-stream.ts'

const mark = { incarnation: 'first', sequence: 10 }

test('a stream that grew, or stood still, has lost nothing', () => {
  expect(lossOf(mark, { ...mark, sequence: 11 }, 0)).toBeUndefined()
  expect(lossOf(mark, mark, 0)).toBeUndefined()
})

test('what it held is gone when the stream is new, another one, or shorter', () => {
  const gone = (why: string) => ({ why: expect.stringContaining(why) as string, ofMessages: true })
  expect(lossOf(undefined, mark, 0)).toEqual(gone('never seen'))
  expect(lossOf(mark, { incarnation: 'second', sequence: 11 }, 0)).toEqual(gone('anew'))
  expect(lossOf(mark, { ...mark, sequence: 9 }, 0)).toEqual(gone('shorter'))
})

test('events may be lost in an outage that swallowed announcements, not in a short one', () => {
  expect(lossOf(mark, mark, 3_999)).toBeUndefined()
  expect(lossOf(mark, mark, 4_000)).toEqual({ why: 'the broker was away', ofMessages: false })
})
