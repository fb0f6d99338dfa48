import { derivedId, inboxTable, type Store } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { type Counter, counters } from './contract-tables.ts'
import {
  add,
  change,
  failureOf,
  freshKey,
  insertCounter,
  locked,
  read,
  rowOf,
  type StoreUnderTest,
  unlocked,
  write,
} from './store-under-test.ts'

/** Takes a message as a processor does: what it works on is locked, its inbox row read last. True for who was first. */
const handle = (store: Store, subject: string, messageId: string): Promise<boolean> =>
  store.transact([locked(counters, subject), unlocked(inboxTable, messageId)], (loaded) => {
    if (loaded.get(inboxTable, messageId)) return { changes: [], result: false }
    const bucket = inboxTable.partition?.of(messageId) ?? -1
    const row = { message_id: messageId, bucket, digest: 'd', outputs: [], handled_at: loaded.nowMs }
    return { changes: [change(inboxTable, { inserts: [row] })], result: true }
  })

export const concurrencyContract = (store: () => StoreUnderTest): void => {
  describe('two processes', () => {
    it('lose no update of a row that both change', async () => {
      const id = await insertCounter(store(), 'shared')
      const { one, other } = store()
      await Promise.all(Array.from({ length: 40 }, (_, turn) => add(turn % 2 === 0 ? one : other, [id])))
      expect(await read(one, counters, id)).toEqual({ id, value: 40 })
    })

    it('never deadlock over rows that they name in opposite order', async () => {
      const a = await insertCounter(store(), 'a')
      const b = await insertCounter(store(), 'b')
      const { one, other } = store()
      await Promise.all(
        Array.from({ length: 20 }, (_, turn) => (turn % 2 === 0 ? add(one, [a, b]) : add(other, [b, a]))),
      )
      expect(await read(one, counters, b)).toEqual({ id: b, value: 20 })
    })

    it('cannot both insert a row that both found absent: the later one is told to look again', async () => {
      const gate = await insertCounter(store(), 'gate')
      const row: Counter = { id: freshKey('contested'), value: 1 }
      const release = await store().hold(counters, gate)
      const late = store().one.transact([locked(counters, row.id), locked(counters, gate)], (loaded) => {
        expect(loaded.get(counters, row.id)).toBeUndefined()
        return { changes: [change(counters, { inserts: [{ ...row, value: 2 }] })], result: undefined }
      })
      const lost = failureOf(late)
      await store().waiting(1)
      await write(store().other, counters, { inserts: [row] })
      await release()
      expect(await lost).toMatchObject({ fault: 'transient', code: '23505' })
      expect(await read(store().one, counters, row.id)).toEqual(row)
    })

    it('handle a message once: who waited for a lock sees the inbox row of who held it', async () => {
      const subject = await insertCounter(store(), 'subject')
      const messageId = derivedId(freshKey('message'), 0, 1_763_712_345_678)
      const release = await store().hold(counters, subject)
      const both = Promise.all([handle(store().one, subject, messageId), handle(store().other, subject, messageId)])
      await store().waiting(2)
      await release()
      expect((await both).filter(Boolean)).toHaveLength(1)
    })

    it('see in a row that they waited for what its holder made of it', async () => {
      const id = await insertCounter(store(), 'changing')
      const gate = await insertCounter(store(), 'gate')
      const release = await store().hold(counters, gate)
      const first = add(store().one, [id, gate])
      await store().waiting(1)
      const second = add(store().other, [id])
      await store().waiting(2)
      await release()
      await Promise.all([first, second])
      expect(await read(store().one, counters, id)).toEqual({ id, value: 2 })
    })

    it('do not wait for each other where they only read', async () => {
      const id = await insertCounter(store(), 'held')
      const release = await store().hold(counters, id)
      expect(await read(store().one, counters, id)).toEqual({ id, value: 0 })
      await release()
    })
  })

  describe('two processes that wait for each other', () => crossedContract(store))
}

const crossedContract = (store: () => StoreUnderTest): void => {
  it('do not wait for ever: one is told to try again, the other goes on', async () => {
    const a = await insertCounter(store(), 'crossed-a')
    const b = await insertCounter(store(), 'crossed-b')
    const release = await store().hold(counters, a)
    const gate = await store().hold(counters, b)
    const crossed = Promise.allSettled([addInOrder(store().one, [a, b]), addInOrder(store().other, [b, a])])
    await store().waiting(2)
    await release()
    await gate()
    const failures = (await crossed).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    for (const failure of failures) expect(failure).toMatchObject({ fault: 'transient', code: '40P01' })
    expect(failures.length).toBeLessThanOrEqual(1)
    const value = 2 - failures.length
    expect(await read(store().one, counters, a)).toEqual({ id: a, value })
    expect(await read(store().one, counters, b)).toEqual({ id: b, value })
  })

  it('lose no update of rows that each of them remembers', async () => {
    const remembered: typeof counters = { ...counters, remember: 'written' }
    const id = await insertCounter(store(), 'remembered')
    const { one, other } = store()
    const turns = Array.from({ length: 30 }, (_, turn) => addUntilDone(turn % 2 === 0 ? one : other, remembered, id))
    await Promise.all(turns)
    expect(await read(one, counters, id)).toEqual({ id, value: 30 })
  })

  it('and take a row for absent that is there overwrite nothing', async () => {
    const id = await insertCounter(store(), 'taken')
    const reads = [{ ...locked(counters, id), fresh: new Set([id]) }]
    const guessing = store().one.transact(reads, (loaded) => {
      const known = rowOf(loaded, counters, id)
      const changes = known ? [] : [change(counters, { inserts: [{ id, value: 9 }] })]
      return { changes, result: known?.value }
    })
    // Either it is found in time, or it was guessed and the guess is a lost race.
    const outcome = await guessing.catch((error: unknown) => error)
    if (outcome !== 0) expect(outcome).toMatchObject({ fault: 'transient', code: '23505' })
    expect(await read(store().other, counters, id)).toEqual({ id, value: 0 })
  })
}

/** Locks one row after the other, in the order given: what the processor takes care not to do. */
const addInOrder = (store: Store, ids: readonly string[]): Promise<void> =>
  store.transact(
    ids.map((id) => locked(counters, id)),
    (loaded) => {
      const updates = ids.map((id) => ({ id, value: (rowOf(loaded, counters, id)?.value ?? 0) + 1 }))
      return { changes: [change(counters, { updates })], result: undefined }
    },
  )

const addUntilDone = async (store: Store, table: typeof counters, id: string): Promise<void> => {
  for (;;) {
    const failure = await failureOf(
      store.transact([locked(table, id)], (loaded) => {
        const updates = [{ id, value: (rowOf(loaded, table, id)?.value ?? 0) + 1 }]
        return { changes: [change(table, { updates })], result: undefined }
      }),
    )
    if (failure === undefined) return
    expect(failure).toMatchObject({ fault: 'transient' })
  }
}
