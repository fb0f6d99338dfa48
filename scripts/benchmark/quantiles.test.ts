import { expect, test } from 'vitest'
import { quantilesOf } from './quantiles.ts'

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => count - index)

test.each([
  [1_000, 500, 990],
  [100, 50, 99],
  [99, 50, 99],
  [3, 2, 3],
  [2, 1, 2],
  [1, 1, 1],
])('of the numbers from 1 to %i, in any order, the median is %i and the 99th percentile %i', (count, p50Ms, p99Ms) => {
  expect(quantilesOf(upTo(count))).toEqual({ p50Ms, p99Ms })
})

test('numbers are ordered by size, not by their digits', () => {
  expect(quantilesOf([9, 80, 700])).toEqual({ p50Ms: 80, p99Ms: 700 })
})

test('nothing measured is zero, and what was measured is told to a hundredth', () => {
  expect(quantilesOf([])).toEqual({ p50Ms: 0, p99Ms: 0 })
  expect(quantilesOf([1.23456])).toEqual({ p50Ms: 1.23, p99Ms: 1.23 })
})
