import { expect, test } from 'vitest'
import { recordLog } from '../test/recorded-log.ts'
import { Repetition } from './repetition.ts'

test('of many lines with one text the first are admitted, and the next window tells how many were not', () => {
  const repetition = new Repetition()
  const admitted = Array.from({ length: 1_000 }, (_, at) => repetition.admit('away', at))
  expect(admitted.filter((left) => left !== undefined)).toEqual(Array.from({ length: 20 }, () => 0))
  expect(repetition.admit('something else', 999)).toBe(0)
  expect(repetition.admit('away', 9_999)).toBeUndefined()
  expect(repetition.admit('away', 10_000)).toBe(981)
  expect(repetition.admit('away', 10_001)).toBe(0)
})

test('a warning that repeats itself is written a few times, errors are all written', () => {
  const { logger, entries } = recordLog()
  const child = logger.child({ sagaId: 's1' })
  for (let at = 0; at < 100; at += 1) {
    logger.warn({ at }, 'the database is away')
    child.warn({ at }, 'the database is away')
    logger.error({ at }, 'a fault of ours')
  }
  const count = (text: string) => entries().filter(({ msg }) => msg === text).length
  expect(count('the database is away')).toBe(20)
  expect(count('a fault of ours')).toBe(100)
})
