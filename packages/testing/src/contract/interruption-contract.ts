import { derivedId, inboxTable, type Store, StoreError } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { counters } from './contract-tables.ts'
import {
  add,
  change,
  failureOf,
  insertCounter,
  locked,
  read,
  rowOf,
  type StoreUnderTest,
  unlocked,
} from './store-under-test.ts'

/** Counts a message once, as a processor does: with its inbox row, and again after whatever is transient. */
const countOnce = async (store: Store, id: string, messageId: string): Promise<'counted' | 'known'> => {
  for (;;) {
    try {
      return await store.transact([locked(counters, id), unlocked(inboxTable, messageId)], (loaded) => {
        if (loaded.get(inboxTable, messageId)) return { changes: [], result: 'known' as const }
        const bucket = inboxTable.partition?.of(messageId) ?? -1
        const inbox = { message_id: messageId, bucket, digest: 'd', outputs: [], handled_at: loaded.nowMs }
        const counted = { id, value: (rowOf(loaded, counters, id)?.value ?? 0) + 1 }
        const changes = [change(counters, { updates: [counted] }), change(inboxTable, { inserts: [inbox] })]
        return { changes, result: 'counted' as const }
      })
    } catch (error) {
      if (!(error instanceof StoreError) || error.fault !== 'transient') throw error
    }
  }
}

const freshMessageId = (of: string): string => derivedId(of, 0, 1_763_712_345_678)

export const interruptionContract = (store: () => StoreUnderTest): void => {
  describe('a connection that breaks in the middle of a transaction', () => {
    it('while it waits for a row is transient, writes nothing, and does not trouble the next transaction', async () => {
      const id = await insertCounter(store(), 'broken')
      const release = await store().hold(counters, id)
      const interrupted = failureOf(add(store().one, [id]))
      await store().waiting(1)
      await store().breakConnections()
      expect(await interrupted).toMatchObject({ fault: 'transient' })
      await release()
      expect(await read(store().one, counters, id)).toEqual({ id, value: 0 })
      await add(store().one, [id])
      expect(await read(store().other, counters, id)).toEqual({ id, value: 1 })
    })

    it('when it holds its rows writes nothing, and lets go of them', async () => {
      const id = await insertCounter(store(), 'let-go')
      store().breakNext('locked')
      expect(await failureOf(add(store().one, [id]))).toMatchObject({ fault: 'transient' })
      await add(store().other, [id])
      expect(await read(store().one, counters, id)).toEqual({ id, value: 1 })
    })

    it('with its commit is transient all the same; what it wrote is there, for the next try to find', async () => {
      const id = await insertCounter(store(), 'unknown')
      store().breakNext('committed')
      expect(await failureOf(add(store().one, [id]))).toMatchObject({ fault: 'transient' })
      expect(await read(store().other, counters, id)).toEqual({ id, value: 1 })
    })

    it.each(['locked', 'committed'] as const)('makes no message count twice: %s', async (moment) => {
      const id = await insertCounter(store(), 'once')
      const messageId = freshMessageId(id)
      store().breakNext(moment)
      expect(await countOnce(store().one, id, messageId)).toBe(moment === 'locked' ? 'counted' : 'known')
      expect(await countOnce(store().other, id, messageId)).toBe('known')
      expect(await read(store().one, counters, id)).toEqual({ id, value: 1 })
    })
  })
}
