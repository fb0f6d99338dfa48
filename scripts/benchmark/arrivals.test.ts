import { until } from '@skald/servers'
import { expect, test } from 'vitest'
import { arrivals } from './arrivals.ts'

/** The first moments at which orders are due, from the beginning. */
const firstDue = async (count: number, perSecond: number, seed: number): Promise<number[]> => {
  const dueMs: number[] = []
  const end = arrivals(perSecond, seed, (moment) => void dueMs.push(moment))
  await until(() => dueMs.length >= count, 10_000)
  end()
  return dueMs.slice(0, count).map((moment) => moment - (dueMs[0] ?? 0))
}

test('a seed decides the moments', async () => {
  const [first, again, other] = [
    await firstDue(50, 2_000, 1),
    await firstDue(50, 2_000, 1),
    await firstDue(50, 2_000, 2),
  ]

  // Sums of the same gaps from another beginning differ in the last digit.
  for (const [index, moment] of first.entries()) expect(moment).toBeCloseTo(again[index] ?? Number.NaN, 6)
  expect(first).not.toEqual(other)
})

test('so many come a second on average, and gaps are of all lengths', async () => {
  const due = await firstDue(1_000, 4_000, 7)

  const gaps = due.slice(1).map((moment, index) => moment - (due[index] ?? 0))
  // The mean of 1,000 such gaps is within a tenth of the truth in 998 of 1,000 seeds, and this is one seed.
  expect((due.at(-1) ?? 0) / 999).toBeGreaterThan(0.225)
  expect((due.at(-1) ?? 0) / 999).toBeLessThan(0.275)
  expect(gaps.filter((gap) => gap < 0.05).length).toBeGreaterThan(100)
  expect(gaps.filter((gap) => gap > 0.5).length).toBeGreaterThan(80)
})

test('what was due while this program stood still is made up for, with the moments at which it was due', async () => {
  const dueMs: number[] = []
  const end = arrivals(1_000, 3, (moment) => void dueMs.push(moment))
  const stallBegins = performance.now()
  const isOver = () => performance.now() > stallBegins + 300
  while (!isOver());
  const stallEnds = performance.now()
  await until(() => (dueMs.at(-1) ?? 0) > stallEnds, 10_000)
  end()

  const inStall = dueMs.filter((moment) => moment > stallBegins && moment < stallEnds)
  expect(inStall.length).toBeGreaterThan(200)
})
