import { type Store, table } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPostgresStore, type Database, openDatabase } from '../src/index.ts'
import { type ChaosProxy, startChaosProxy } from './chaos-proxy.ts'

const marks = table<{ stream: string; incarnation: string; sequence: number }>({
  name: 'stream_mark',
  key: 'stream',
  columns: { stream: 'text', incarnation: 'text', sequence: 'bigint' },
})

const insert = (store: Store, stream: string): Promise<void> =>
  store.transact([{ table: marks, keys: [stream], lock: true }], () => ({
    changes: [
      { table: marks, inserts: [{ stream, incarnation: 'i', sequence: 1 }], updates: [], upserts: [], deletes: [] },
    ],
    result: undefined,
  }))

/** ReadyForQuery: the server's last word in a round trip. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
const roundTrips = (replies: Buffer): number => {
  let count = 0
  for (let at = replies.indexOf(READY); at >= 0; at = replies.indexOf(READY, at + 1)) count += 1
  return count
}

const COMMITTED = Buffer.from('COMMIT\0')

describe('the transaction connection', () => {
  let testDatabase: TestDatabase
  let proxy: ChaosProxy
  let database: Database
  let store: Store
  const lost: Error[] = []

  beforeAll(async () => {
    testDatabase = await createTestDatabase('order')
  })
  afterAll(() => testDatabase.close())

  beforeEach(async () => {
    proxy = await startChaosProxy(testDatabase.url)
    lost.length = 0
    database = openDatabase({
      url: proxy.url,
      applicationName: 'connection-test',
      answerWithinMs: 300,
      onConnectionLost: (error) => lost.push(error),
    })
    store = createPostgresStore(database)
  })
  afterEach(async () => {
    await database.close()
    await proxy.close()
  })

  const stored = async (stream: string): Promise<number> =>
    (await testDatabase.query('SELECT 1 FROM stream_mark WHERE stream = $1', [stream])).length

  it('needs two round trips a transaction, also the first time', async () => {
    await store.transact([], () => ({ changes: [], result: undefined }))
    for (const stream of ['first', 'second']) {
      proxy.takeReplies()
      await insert(store, stream)
      expect(roundTrips(proxy.takeReplies())).toBe(2)
    }
  })

  it('is transient when it dies during COMMIT, and the next try sees that it was committed', async () => {
    proxy.onReply = (reply, cut) => {
      if (!reply.includes(COMMITTED)) return true
      cut()
      return false
    }
    await expect(insert(store, 'unknown outcome')).rejects.toMatchObject({ fault: 'transient' })
    expect(await stored('unknown outcome')).toBe(1)
    proxy.onReply = () => true
    await expect(insert(store, 'unknown outcome')).rejects.toMatchObject({ fault: 'transient', code: '23505' })
    expect(lost).toHaveLength(1)
  })

  it('gives up a server that stays silent, and connects again', async () => {
    await insert(store, 'before silence')
    proxy.onReply = () => false
    await expect(insert(store, 'in silence')).rejects.toMatchObject({ fault: 'transient' })
    proxy.onReply = () => true
    await insert(store, 'after silence')
    expect(await stored('after silence')).toBe(1)
  })

  it('fails only the transaction that it broke under, not those in line behind it', async () => {
    await insert(store, 'warm')
    let cuts = 0
    proxy.onReply = (_, cut) => {
      cuts += 1
      if (cuts === 1) cut()
      return cuts > 1
    }
    const results = await Promise.allSettled(['a', 'b', 'c'].map((stream) => insert(store, `line ${stream}`)))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  it('survives being cut while idle', async () => {
    await insert(store, 'idle before')
    await database.ping()
    proxy.cutAll()
    await expect.poll(() => lost.length).toBeGreaterThan(0)
    await insert(store, 'idle after')
    await database.ping()
  })

  it('is transient while nothing listens, and works once something does', async () => {
    const unused = new URL(testDatabase.url)
    unused.port = '1'
    const nowhere = openDatabase({ url: unused.href, applicationName: 'nowhere' })
    const failing = createPostgresStore(nowhere)
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(insert(failing, 'nowhere')).rejects.toMatchObject({ fault: 'transient', code: 'ECONNREFUSED' })
    await expect(nowhere.ping()).rejects.toThrow('ECONNREFUSED')
    await nowhere.close()
  })

  it('prepares again after a failure, whatever the failed transaction was preparing', async () => {
    const missing = table<{ id: string }>({ name: 'no_such_table', key: 'id', columns: { id: 'text' } })
    for (let attempt = 0; attempt < 2; attempt++) {
      const broken = store.transact([{ table: missing, keys: ['x'], lock: true }], () => ({ changes: [], result: 0 }))
      await expect(broken).rejects.toMatchObject({ fault: 'broken', code: '42P01' })
      await insert(store, `after broken ${attempt}`)
    }
  })

  it('lets what is running finish before it closes, and refuses what comes later', async () => {
    const running = insert(store, 'running at close')
    await Promise.all([running, database.close()])
    expect(await stored('running at close')).toBe(1)
    await expect(insert(store, 'after close')).rejects.toMatchObject({ fault: 'transient' })
  })
})
