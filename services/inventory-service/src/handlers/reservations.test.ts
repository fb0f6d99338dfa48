import { inventoryCommit, inventoryFailed, inventoryRelease, inventoryReserve } from '@skald/contracts'
import { tasks } from '@skald/messaging'
import { decide, type MemoryRows, messageOf, takeTask } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { A, B, ORDER, onHand, stock, stockOf } from '../../test/stock.ts'
import { type Line, type Reservation, reservations } from '../stock/stock-tables.ts'
import { COMMIT_LOOK_UP, commitLookedUp, commitStock } from './commit-stock.ts'
import { RELEASE_LOOK_UP, releaseLookedUp, releaseStock } from './release-stock.ts'
import { reserveStock } from './reserve-stock.ts'

const reserve = (rows: MemoryRows, items: readonly Line[], orderId = ORDER) =>
  decide(rows, reserveStock, messageOf(inventoryReserve.type, { orderId, items }))
const release = (rows: MemoryRows, items?: readonly Line[]) =>
  decide(rows, releaseStock, messageOf(inventoryRelease.type, { orderId: ORDER, ...(items ? { items } : {}) }))
const commit = (rows: MemoryRows, items?: readonly Line[]) =>
  decide(rows, commitStock, messageOf(inventoryCommit.type, { orderId: ORDER, ...(items ? { items } : {}) }))

const saysOf = ({ says }: ReturnType<typeof reserve>) => says?.map(({ type }) => type)
const recordOf = (rows: MemoryRows): Reservation | undefined => rows.all(reservations)[0]
const twoOfA: readonly Line[] = [{ sku: A, quantity: 2 }]

describe('reserve', () => {
  test('holds all items when there is enough of each', () => {
    const rows = stock({ [A]: 5, [B]: 1 })
    const decision = reserve(rows, [...twoOfA, { sku: B, quantity: 1 }])
    expect(saysOf(decision)).toEqual(['inventory.reserved.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [5, 2], [B]: [1, 1] })
    expect(recordOf(rows)).toMatchObject({ status: 'HELD', items: [...twoOfA, { sku: B, quantity: 1 }] })
  })

  test('holds nothing when one item is short, and says which and by how much', () => {
    const rows = stock({ [A]: 5, [B]: 1 })
    const decision = reserve(rows, [...twoOfA, { sku: B, quantity: 3 }])
    expect(decision.says).toEqual([
      inventoryFailed({
        orderId: ORDER,
        reason: 'out-of-stock',
        missing: [{ sku: B, requested: 3, available: 1 }],
      }),
    ])
    expect(stockOf(rows)).toEqual({ [A]: [5, 0], [B]: [1, 0] })
    expect(recordOf(rows)?.status).toBe('REJECTED')
  })

  test('adds up the lines of one sku', () => {
    const rows = stock({ [A]: 3 })
    expect(saysOf(reserve(rows, [...twoOfA, ...twoOfA]))).toEqual(['inventory.failed.v1'])
    expect(recordOf(rows)).toMatchObject({ items: [{ sku: A, quantity: 4 }], missing: [{ sku: A, requested: 4 }] })
  })

  test('fails for a sku that nobody knows, of which there are none', () => {
    const rows = stock({})
    const [said] = reserve(rows, twoOfA).says ?? []
    expect(said?.data).toMatchObject({ missing: [{ sku: A, requested: 2, available: 0 }] })
  })

  test('leaves to others only what is not reserved', () => {
    const rows = stock({ [A]: 3 })
    reserve(rows, twoOfA)
    expect(saysOf(reserve(rows, twoOfA, 'order-2'))).toEqual(['inventory.failed.v1'])
    expect(saysOf(reserve(rows, [{ sku: A, quantity: 1 }], 'order-3'))).toEqual(['inventory.reserved.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [3, 3] })
  })

  test('asked again by another command answers the same and holds nothing more', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    expect(saysOf(reserve(rows, twoOfA))).toEqual(['inventory.reserved.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [5, 2] })
  })

  test('rejected once stays rejected, also when stock has come since', () => {
    const rows = stock({ [A]: 1 })
    const first = reserve(rows, twoOfA)
    onHand(rows, A, 100)
    expect(reserve(rows, twoOfA).says).toEqual(first.says)
    expect(stockOf(rows)).toEqual({ [A]: [100, 0] })
  })

  test('after the commit answers that it was reserved', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    commit(rows, twoOfA)
    expect(saysOf(reserve(rows, twoOfA))).toEqual(['inventory.reserved.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
  })
})

describe('release', () => {
  test('gives back what is held', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    expect(saysOf(release(rows, twoOfA))).toEqual(['inventory.released.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [5, 0] })
    expect(recordOf(rows)?.status).toBe('RELEASED')
  })

  test('asked twice gives back once', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    release(rows, twoOfA)
    reserve(rows, twoOfA, 'order-2')
    expect(saysOf(release(rows, twoOfA))).toEqual(['inventory.released.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [5, 2] })
  })

  test('before its reserve leaves a mark, and the reserve that comes late holds nothing', () => {
    const rows = stock({ [A]: 5 })
    expect(saysOf(release(rows))).toEqual(['inventory.released.v1'])
    expect(recordOf(rows)).toMatchObject({ status: 'RELEASED', items: [] })
    expect(reserve(rows, twoOfA).says).toEqual([
      inventoryFailed({ orderId: ORDER, reason: 'released-before', missing: [] }),
    ])
    expect(stockOf(rows)).toEqual({ [A]: [5, 0] })
  })

  test('of a rejected reservation changes nothing and keeps the reason of the rejection', () => {
    const rows = stock({ [A]: 1 })
    reserve(rows, twoOfA)
    expect(saysOf(release(rows, twoOfA))).toEqual(['inventory.released.v1'])
    expect(recordOf(rows)?.status).toBe('REJECTED')
    expect(saysOf(reserve(rows, twoOfA))).toEqual(['inventory.failed.v1'])
  })

  test('after the commit is refused: what has left does not come back by itself', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    commit(rows, twoOfA)
    const decision = release(rows, twoOfA)
    expect(decision.refuse?.reason).toBe('committed-before')
    expect(decision.says).toBeUndefined()
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
  })

  test('that does not say what was held is left open, looked up, and then answered as its own command', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    const command = messageOf(inventoryRelease.type, { orderId: ORDER })
    expect(decide(rows, releaseStock, command)).toEqual({ open: true })
    const task = takeTask(rows, RELEASE_LOOK_UP)
    const { answers } = decide(rows, releaseLookedUp, messageOf('task', { task, found: twoOfA }))
    expect(answers).toMatchObject([
      { to: { id: command.id }, digest: `digest-of-${command.id}`, says: [{ type: 'inventory.released.v1' }] },
    ])
    expect(stockOf(rows)).toEqual({ [A]: [5, 0] })
    expect(rows.all(tasks)).toEqual([])
  })

  test('that names other items than are held is looked up as well', () => {
    const rows = stock({ [A]: 5, [B]: 5 })
    reserve(rows, twoOfA)
    expect(release(rows, [{ sku: B, quantity: 2 }])).toEqual({ open: true })
    expect(stockOf(rows)).toEqual({ [A]: [5, 2], [B]: [5, 0] })
  })

  test('that was looked up twice is answered once', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    release(rows)
    const slow = takeTask(rows, RELEASE_LOOK_UP)
    const quick = takeTask(rows, RELEASE_LOOK_UP)
    const answer = (task: typeof slow) => decide(rows, releaseLookedUp, messageOf('task', { task, found: twoOfA }))
    expect(answer(slow)).toEqual({})
    expect(answer(quick).answers).toHaveLength(1)
    expect(answer(quick)).toEqual({})
    expect(stockOf(rows)).toEqual({ [A]: [5, 0] })
  })

  test('that was done by another command before its look ended is not answered twice', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    release(rows)
    const task = takeTask(rows, RELEASE_LOOK_UP)
    release(rows, twoOfA)
    expect(decide(rows, releaseLookedUp, messageOf('task', { task, found: twoOfA }))).toEqual({})
    expect(stockOf(rows)).toEqual({ [A]: [5, 0] })
  })
})

describe('commit', () => {
  test('takes what is held out of the stock', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    expect(saysOf(commit(rows, twoOfA))).toEqual(['inventory.committed.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
    expect(recordOf(rows)?.status).toBe('COMMITTED')
  })

  test('asked twice takes it once', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    commit(rows, twoOfA)
    expect(saysOf(commit(rows, twoOfA))).toEqual(['inventory.committed.v1'])
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
  })

  test('of an unknown order fails and leaves no mark', () => {
    const rows = stock({ [A]: 5 })
    expect(commit(rows, twoOfA).says).toEqual([
      inventoryFailed({ orderId: ORDER, reason: 'nothing-held', missing: [] }),
    ])
    expect(recordOf(rows)).toBeUndefined()
  })

  test('of what was released or rejected fails and changes nothing', () => {
    const released = stock({ [A]: 5 })
    reserve(released, twoOfA)
    release(released, twoOfA)
    expect(saysOf(commit(released, twoOfA))).toEqual(['inventory.failed.v1'])
    expect(stockOf(released)).toEqual({ [A]: [5, 0] })
    const rejected = stock({ [A]: 1 })
    reserve(rejected, twoOfA)
    expect(saysOf(commit(rejected, twoOfA))).toEqual(['inventory.failed.v1'])
  })

  test('that does not say what is held is looked up, and then answered', () => {
    const rows = stock({ [A]: 5 })
    reserve(rows, twoOfA)
    expect(commit(rows)).toEqual({ open: true })
    const task = takeTask(rows, COMMIT_LOOK_UP)
    const { answers } = decide(rows, commitLookedUp, messageOf('task', { task, found: twoOfA }))
    expect(answers?.[0]?.says).toMatchObject([{ type: 'inventory.committed.v1' }])
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
  })
})
