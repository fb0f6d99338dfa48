import { expect, test } from 'vitest'
import { schedulesOf } from './crew.ts'

const tell = async (workers: number): Promise<readonly unknown[]> => {
  const told: unknown[] = []
  const options = { seed: 1, schedules: 60, replicas: 2, covers: true, workers }
  for await (const { schedules, cells } of schedulesOf(options)) {
    told.push(...schedules, [...cells])
  }
  return told
}

test('several workers run the same schedules as one, and give them in the same order', {
  timeout: 120_000,
}, async () => {
  const one = await tell(1)
  expect(one).toHaveLength(62)
  expect(await tell(2)).toEqual(one)
})
