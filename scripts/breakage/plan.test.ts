import { expect, test } from 'vitest'
import { kindNames } from './faults/kind-names.ts'
import { type Moment, type PlanOptions, planOf } from './plan.ts'

const options: PlanOptions = {
  seed: 1,
  kinds: kindNames,
  everyMs: 2_000,
  lastsMs: 1_200_000,
  services: ['order-service', 'saga-coordinator', 'saga-coordinator-2'],
  longestMs: 30_000,
}
const wordsOf = (plan: readonly Moment[]): readonly string[] =>
  plan.flatMap(({ atMs, faults }) => faults.map(({ what }) => `${atMs} ${what}`))
const kindsIn = (plan: readonly Moment[]): ReadonlySet<string> =>
  new Set(plan.flatMap(({ faults }) => faults.map(({ kind }) => kind)))

test('the seed decides which faults come, when and for how long', () => {
  expect(wordsOf(planOf(options))).toEqual(wordsOf(planOf(options)))
  expect(wordsOf(planOf({ ...options, seed: 2 }))).not.toEqual(wordsOf(planOf(options)))
})

test('a longer run begins as a shorter one', () => {
  const short = wordsOf(planOf({ ...options, lastsMs: 60_000 }))
  expect(wordsOf(planOf(options)).slice(0, short.length)).toEqual(short)
})

test('twenty minutes have at least 500 faults, of every kind, at times several at once', () => {
  const plan = planOf(options)
  expect(wordsOf(plan).length).toBeGreaterThanOrEqual(500)
  expect([...kindsIn(plan), 'together'].sort()).toEqual([...kindNames].sort())
  expect(plan.some(({ faults }) => faults.length > 1)).toBe(true)
})

test('only the kinds that are wanted come, together as well', () => {
  const plan = planOf({ ...options, kinds: ['pause', 'nats-wipe', 'together'] })
  expect([...kindsIn(plan)].sort()).toEqual(['nats-wipe', 'pause'])
  expect(plan.some(({ faults }) => faults.length > 1)).toBe(true)
})

test('pauses last from one second to thirty, and no longer than the run bears', () => {
  const lengths = (longestMs: number): readonly number[] =>
    wordsOf(planOf({ ...options, kinds: ['pause'], longestMs })).map((word) => Number(/for ([\d.]+) s/.exec(word)?.[1]))
  const long = lengths(30_000)
  expect(Math.min(...long)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...long)).toBeGreaterThan(25)
  expect(Math.max(...lengths(5_000))).toBe(5)
})
