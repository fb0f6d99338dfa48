import assert from 'node:assert/strict'
import { StoreError, type Task, tasks } from '@skald/messaging'
import { expect, it } from 'vitest'
import { CONTRACT_CHECKS, createMemoryStore, eventually, type Moment, storeContract } from '../src/index.ts'

storeContract('the memory store', async () => {
  const store = createMemoryStore({ nowMs: Date.now, checks: CONTRACT_CHECKS })
  let breaksAt: Moment | undefined
  const at = (moment: Moment): void => {
    if (moment !== breaksAt) return
    breaksAt = undefined
    throw new StoreError('transient', 'the connection was lost', '08006')
  }
  return {
    one: store.session(at),
    other: store,
    hold: store.hold.bind(store),
    waiting: (count) => eventually(() => assert.equal(store.waiting, count)),
    breakNext: (moment) => {
      breaksAt = moment
    },
    breakConnections: async () => store.interrupt(),
    close: async () => undefined,
  }
})

it('a row of the memory store is cut off from what it was written from, and cannot be changed by who reads it', async () => {
  const held = { names: ['one'], at: new Date(0), nothing: undefined, zero: -0, list: [undefined, Number.NaN] }
  const asking: Task = { id: 'task', kind: 'kind', due_at: 0, token: '', attempts: 0, body: held }
  const store = createMemoryStore()
  const inserts = { table: tasks, inserts: [asking], updates: [], upserts: [], deletes: [] }
  await store.transact([], () => ({ changes: [inserts], result: undefined }))
  held.names.push('two')
  const body = store.row(tasks, 'task')?.body as typeof held
  expect(body).toStrictEqual({ names: ['one'], at: '1970-01-01T00:00:00.000Z', zero: 0, list: [null, null] })
  expect(() => body.names.push('three')).toThrow(TypeError)
})
