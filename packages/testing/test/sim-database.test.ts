import { type Store, type Table, table } from '@skald/messaging'
import { expect, test } from 'vitest'
import { type FaultKind, Life, type Point, SimDatabase, Simulation } from '../src/simulation/index.ts'
import { answered } from './answered.ts'

interface Mark {
  readonly id: string
  readonly by: string
}
const marks: Table<Mark> = table<Mark>({ name: 'mark', key: 'id', columns: { id: 'text', by: 'text' } })
const AT_ALL = { table: marks, keys: ['a'], lock: true }

/** Two processes on one simulated database, in virtual time. */
const twoProcesses = () => {
  const likely = new Map<FaultKind, number>()
  const sim = new Simulation({ seed: 1, likely })
  const database = new SimDatabase(sim, 'order')
  const process = (name: string) => {
    const life = new Life(sim, name, 0, () => undefined)
    return { life, store: database.storeOf(life) }
  }
  const step = (): Promise<boolean> => sim.time.pass(5)
  return { sim, likely, one: process('one'), other: process('other'), step, stored: () => database.memory.all(marks) }
}

const mark = (store: Store, by: string): Promise<void> =>
  store.transact([AT_ALL], () => ({
    changes: [{ table: marks, inserts: [], updates: [], upserts: [{ id: 'a', by }], deletes: [] }],
    result: undefined,
  }))

/** A point at which a process would stand still for almost as long as it may. */
const longPause = (sim: Simulation): Point => {
  for (;;) {
    const point = sim.point('pauses')
    if (point.of('pause') > 0.9) return point
  }
}

test.each<[FaultKind, string, number]>([
  ['connection-lost', '08006', 0],
  ['conflict', '40P01', 0],
  ['commit-unknown', '08006', 1],
])('%s is transient (%s) and leaves %i rows; the next transaction is not troubled', async (kind, code, rows) => {
  const { likely, one, other, step, stored } = twoProcesses()
  likely.set(kind, 1)
  await expect(answered(mark(one.store, 'one'), step)).rejects.toMatchObject({ fault: 'transient', code })
  expect(stored()).toHaveLength(rows)
  likely.clear()
  await answered(mark(other.store, 'other'), step)
  expect(stored()).toEqual([{ id: 'a', by: 'other' }])
})

test('a process that stands still with its rows locked loses them after five seconds, and cannot commit any more', async () => {
  const { sim, one, other, step, stored } = twoProcesses()
  await answered(mark(one.store, 'first'), step)
  const still = mark(one.store, 'still')
  await sim.time.pass(0.1)
  one.life.pause(longPause(sim))
  const sinceMs = sim.time.nowMs
  await answered(mark(other.store, 'other'), step)
  expect(sim.time.nowMs - sinceMs).toBeGreaterThanOrEqual(4_900)
  expect(sim.time.nowMs - sinceMs).toBeLessThanOrEqual(5_100)
  await expect(answered(still, step)).rejects.toMatchObject({ fault: 'transient', code: '25P03' })
  expect(stored()).toEqual([{ id: 'a', by: 'other' }])
})

test('a process that crashed hears of nothing, and its rows are free', async () => {
  const { sim, one, other, step, stored } = twoProcesses()
  await answered(mark(one.store, 'first'), step)
  const heard: unknown[] = []
  mark(one.store, 'crashed').then(
    () => heard.push('committed'),
    (error: unknown) => heard.push(error),
  )
  await sim.time.pass(0.1)
  one.life.crash()
  await answered(mark(other.store, 'other'), step)
  expect(heard).toEqual([])
  expect(stored()).toEqual([{ id: 'a', by: 'other' }])
})
