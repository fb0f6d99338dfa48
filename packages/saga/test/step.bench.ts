import { expect, test } from 'vitest'
import { publicDriver, restore, reusedDriver } from '../src/drive.ts'
import { type SagaState, step } from '../src/index.ts'
import { begin, data, ids, stored, trip } from './steps.ts'

/* One step of a saga, from the JSON of its row and back: `NODE_ENV=production vitest bench packages/saga`. */

const before = begin().state
const input = { kind: 'event' as const, type: 'room.booked.v1', data, causationId: 'first-0', ...ids('input') }

const withTimersAndMessages = (): string => JSON.stringify(step(trip, stored(before), input).state)

const xstateAlone = (driver: typeof publicDriver) => (): string => {
  const snapshot = restore(trip.machine, stored(before) satisfies SagaState)
  const { value, context } = driver.move(trip.machine, snapshot, { type: input.type, data }).snapshot
  return JSON.stringify({ value, context })
}

test('a whole step costs less than the public transition alone', async ({ bench }) => {
  const results = await bench.compare(
    bench('step', () => void withTimersAndMessages()),
    bench('XState with the reused scope', () => void xstateAlone(reusedDriver)()),
    bench('XState with the public functions', () => void xstateAlone(publicDriver)()),
  )
  const perSecond = (name: 'step' | 'XState with the public functions') => results.get(name).throughput.mean
  expect(perSecond('step')).toBeGreaterThan(perSecond('XState with the public functions'))
})
