import { type Task, tasks } from '@skald/messaging'
import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { freshKey, read, type StoreUnderTest, write } from './store-under-test.ts'

const LONG_LEASE_MS = 60_000

const task = (kind: string, due_at: number): Task => ({
  id: freshKey('task'),
  kind,
  due_at,
  token: 'first',
  attempts: 0,
  body: { of: kind },
})

const idsOf = (claimed: readonly Task[]): string[] => claimed.map(({ id }) => id)

export const claimContract = (store: () => StoreUnderTest): void => {
  const insert = (...upserts: Task[]) => write(store().one, tasks, { upserts })

  describe('claiming tasks', () => {
    it('gives what is due, oldest first, and no more than asked for', async () => {
      const kind = freshKey('kind')
      const now = Date.now()
      const [newest, oldest, middle] = [task(kind, now - 1_000), task(kind, now - 3_000), task(kind, now - 2_000)]
      await insert(newest, oldest, middle, task(kind, now + LONG_LEASE_MS))
      expect(idsOf(await store().one.claim(tasks, [kind], 2, LONG_LEASE_MS))).toEqual([oldest.id, middle.id])
      expect(idsOf(await store().one.claim(tasks, [kind], 9, LONG_LEASE_MS))).toEqual([newest.id])
      expect(await store().one.claim(tasks, [kind], 9, LONG_LEASE_MS)).toEqual([])
    })

    it('gives only the kinds asked for', async () => {
      const kinds = [freshKey('kind'), freshKey('kind')]
      const wanted = kinds.map((kind) => task(kind, 0))
      await insert(...wanted, task(freshKey('kind'), 0))
      expect(idsOf(await store().one.claim(tasks, kinds, 9, LONG_LEASE_MS)).sort()).toEqual(idsOf(wanted).sort())
    })

    it('counts the attempt, sets a new token and pushes the due time ahead, as the row then says', async () => {
      const due = task(freshKey('kind'), 0)
      await insert(due)
      const before = Date.now()
      const [claimed] = await store().one.claim(tasks, [due.kind], 1, LONG_LEASE_MS)
      expect(claimed).toMatchObject({ id: due.id, kind: due.kind, body: due.body, attempts: 1 })
      expect(claimed?.token).not.toBe(due.token)
      expect(claimed?.due_at).toBeGreaterThanOrEqual(before + LONG_LEASE_MS - 1_000)
      expect(claimed?.lateMs).toBeGreaterThan(0)
      expect(claimed).toMatchObject((await read(store().other, tasks, due.id)) ?? {})
    })

    it('gives a task again when its lease ran out, under another token', async () => {
      const due = task(freshKey('kind'), 0)
      await insert(due)
      const [first] = await store().one.claim(tasks, [due.kind], 1, 1)
      const again = await eventually(async () => {
        const [claimed] = await store().other.claim(tasks, [due.kind], 1, LONG_LEASE_MS)
        if (!claimed) throw new Error('the lease still runs')
        return claimed
      })
      expect(again.attempts).toBe(2)
      expect(again.token).not.toBe(first?.token)
    })

    it('skips a task that a transaction holds, without waiting', async () => {
      const kind = freshKey('kind')
      const [held, free] = [task(kind, 0), task(kind, 1)]
      await insert(held, free)
      const release = await store().hold(tasks, held.id)
      expect(idsOf(await store().one.claim(tasks, [kind], 9, LONG_LEASE_MS))).toEqual([free.id])
      await release()
      expect(idsOf(await store().one.claim(tasks, [kind], 9, LONG_LEASE_MS))).toEqual([held.id])
    })

    it('gives each task to one of those who claim at once', async () => {
      const kind = freshKey('kind')
      const due = Array.from({ length: 60 }, (_, at) => task(kind, at))
      await insert(...due)
      const { one, other } = store()
      const claims = Array.from({ length: 12 }, (_, turn) =>
        (turn % 2 === 0 ? one : other).claim(tasks, [kind], 5, LONG_LEASE_MS),
      )
      const first = idsOf((await Promise.all(claims)).flat())
      const rest = idsOf(await one.claim(tasks, [kind], 60, LONG_LEASE_MS))
      expect([...first, ...rest].sort()).toEqual(idsOf(due).sort())
    })
  })
}
