import { orderCancelRequested } from '@skald/contracts'
import { type RowRef, StoreError } from '@skald/messaging'
import { MemoryRows, messageOf } from '@skald/testing'
import { expect, it } from 'vitest'
import { bringBack } from './bring-back.ts'
import { type ArchivedSaga, type ArchivedStep, archivedSagas } from './store/archive-table.ts'
import { detours, history, ownName, sagas, subjects } from './store/saga-tables.ts'

const saga_id = 's1'
const step: ArchivedStep = [1, 7, 'm1', 'order.created.v1', null, {}, null, 'x', [], null, 'd']
const archived: ArchivedSaga = {
  saga_id,
  definition: 'order',
  version: 1,
  status: 'COMPENSATED',
  business_key: 'o1',
  revision: 1,
  started_at: 7,
  updated_at: 9,
  ended_at: 9,
  body: { hash: 'h', state: null, steps: [step] },
}
const { type, data } = orderCancelRequested({ orderId: 'o1' })
const message = messageOf(type, data, { correlationId: saga_id })

/** Prepares a message as a batch does: again with every row that turns out to be needed. Gives how often it was prepared. */
const prepare = (rows: MemoryRows) => {
  const named: RowRef[] = [{ table: sagas, key: saga_id }]
  for (let rounds = 1; ; rounds++) {
    rows.restrict(named)
    const preparation = bringBack(message, rows)
    rows.restrict()
    if (!preparation || !('needs' in preparation)) return { rounds, preparation }
    named.push(...preparation.needs)
  }
}

const rowsWith = (...saved: readonly ((rows: MemoryRows) => void)[]): MemoryRows => {
  const rows = new MemoryRows()
  for (const save of saved) save(rows)
  return rows
}
const isNamed = (rows: MemoryRows): void => rows.put(subjects, { subject: ownName(saga_id), saga_id })
const isArchived = (rows: MemoryRows): void => rows.put(archivedSagas, archived)

it('an archived saga comes back whole: its row, its history, its line among the detours', () => {
  const rows = rowsWith(isNamed, isArchived)
  expect(prepare(rows)).toEqual({ rounds: 3, preparation: undefined })
  expect(rows.all(sagas)).toMatchObject([{ saga_id, hash: 'h', asked: [], timers: [], held: [], wake_at: null }])
  expect(rows.all(history)).toMatchObject([{ message_id: 'm1', saga_id, seq: 1, at: 7, digest: 'd' }])
  expect(rows.all(detours)).toEqual([{ saga_id, status: 'COMPENSATED', started_at: 7 }])
  expect(rows.all(archivedSagas)).toEqual([])
})

it('a saga that nobody knows is looked for once, and is nobody', () => {
  expect(prepare(rowsWith())).toEqual({ rounds: 2, preparation: undefined })
})

it('a saga that is known and in neither place moves this moment: the batch must look again', () => {
  const moved = () => prepare(rowsWith(isNamed))
  expect(moved).toThrow(StoreError)
  expect(moved).toThrow(expect.objectContaining({ fault: 'transient', code: '40001' }) as Error)
})
