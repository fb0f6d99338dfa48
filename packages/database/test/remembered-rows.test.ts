import { type Change, type Read, type Store, type Table, type Task, table, tasks } from '@skald/messaging'
import { createTestDatabase, eventually, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresStore, type Database, openDatabase } from '../src/index.ts'

interface Account {
  readonly id: string
  readonly balance: number
}

const accounts: Table<Account> = table<Account>({
  name: 'account',
  key: 'id',
  columns: { id: 'text', balance: 'bigint' },
  remember: 'seen',
})

let testDatabase: TestDatabase
const databases: Database[] = []

beforeAll(async () => {
  testDatabase = await createTestDatabase('order')
  await testDatabase.query('CREATE TABLE account (id text PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))')
})
afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()))
  await testDatabase.close()
})

const newStore = (transactionConnections = 1): Store => {
  const database = openDatabase({ url: testDatabase.url, applicationName: 'remembering', transactionConnections })
  databases.push(database)
  return createPostgresStore(database)
}

const locked = (id: string): readonly Read[] => [{ table: accounts, keys: [id], lock: true }]
const change = (writes: Partial<Change>): Change => ({
  table: accounts,
  inserts: [],
  updates: [],
  upserts: [],
  deletes: [],
  ...writes,
})
const balanceOf = (row: object | undefined) => (row as Account | undefined)?.balance

const open = (store: Store, id: string) =>
  store.transact(locked(id), () => ({
    changes: [change({ inserts: [{ id, balance: 0 }] })],
    result: undefined,
  }))

/** Adds to what the store gave, and answers what that was. */
const add = (store: Store, id: string, amount: number) =>
  store.transact(locked(id), (loaded) => {
    const balance = balanceOf(loaded.get(accounts, id)) ?? 0
    return { changes: [change({ updates: [{ id, balance: balance + amount }] })], result: balance }
  })

/** Looks, and writes nothing. */
const look = (store: Store, id: string) =>
  store.transact(locked(id), (loaded) => ({
    changes: [],
    result: balanceOf(loaded.get(accounts, id)),
  }))

const stored = async (id: string) => {
  const [row] = await testDatabase.query(`SELECT balance::int FROM account WHERE id = '${id}'`)
  return row?.['balance']
}

/** Index lookups so far, once every connection has handed its counters in. */
const reads = async () => {
  await Promise.all(databases.splice(0).map((database) => database.close()))
  const [row] = await testDatabase.query(
    `SELECT idx_tup_fetch::int AS n FROM pg_stat_user_tables WHERE relname = 'account'`,
  )
  return Number(row?.['n'])
}

/** How many wait for somebody's lock in this database. */
const waiting = async () => {
  const [row] = await testDatabase.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return Number(row?.['n'])
}

it('a row that this process wrote is not read again', async () => {
  const before = await reads()
  const store = newStore()
  await open(store, 'own')
  for (let count = 0; count < 20; count += 1) await add(store, 'own', 1)
  expect(await stored('own')).toBe(20)
  // An update finds its row by the index once; reading it first would find it twice.
  expect((await reads()) - before).toBeLessThan(30)
})

it('what another process wrote is never overwritten: the transaction fails, and then sees it', async () => {
  const [one, other] = [newStore(), newStore()]
  await open(one, 'shared')
  await add(other, 'shared', 5)
  await expect(add(one, 'shared', 1)).rejects.toMatchObject({ fault: 'transient', code: '40001' })
  expect(await add(one, 'shared', 1)).toBe(5)
  expect(await stored('shared')).toBe(6)
})

it('neither is what a person wrote by hand', async () => {
  const store = newStore()
  await open(store, 'by-hand')
  await testDatabase.query(`UPDATE account SET balance = 7 WHERE id = 'by-hand'`)
  await expect(add(store, 'by-hand', 1)).rejects.toMatchObject({ code: '40001' })
  expect(await add(store, 'by-hand', 1)).toBe(7)
})

it('a decision that wrote nothing is not taken on an old row either', async () => {
  const [one, other] = [newStore(), newStore()]
  await open(one, 'looked-at')
  await add(other, 'looked-at', 5)
  await expect(look(one, 'looked-at')).rejects.toMatchObject({ code: '40001' })
  expect(await look(one, 'looked-at')).toBe(5)
})

it('a row that is gone is gone', async () => {
  const store = newStore()
  await open(store, 'gone')
  await testDatabase.query(`DELETE FROM account WHERE id = 'gone'`)
  await expect(look(store, 'gone')).rejects.toMatchObject({ code: '40001' })
  expect(await look(store, 'gone')).toBeUndefined()
})

it('neither is a row remembered that was written without having been read since', async () => {
  const store = newStore()
  await open(store, 'put-blindly')
  await store.transact([], () => ({
    changes: [change({ upserts: [{ id: 'put-blindly', balance: 9 }] })],
    result: undefined,
  }))
  expect(await add(store, 'put-blindly', 1)).toBe(9)
  expect(await stored('put-blindly')).toBe(10)
})

it('nor a task that was claimed since: it is another one then', async () => {
  const store = newStore()
  const call: Task = { id: 'call/1', kind: 'call', due_at: 0, token: 'first', attempts: 0, body: null }
  const taskRead: readonly Read[] = [{ table: tasks, keys: [call.id], lock: true }]
  await store.transact(taskRead, () => ({
    changes: [{ table: tasks, inserts: [call], updates: [], upserts: [], deletes: [] }],
    result: undefined,
  }))
  await store.claim(tasks, ['call'], 10, 1_000)
  const attempts = await store.transact(taskRead, (loaded) => ({
    changes: [],
    result: (loaded.get(tasks, call.id) as Task | undefined)?.attempts,
  }))
  expect(attempts).toBe(1)
})

describe('a row that is only looked at', () => {
  const copy = (id: string): Read => ({ table: accounts, keys: [id], lock: false })
  const logs: Table<Account> = { ...accounts, name: 'log' }
  /** Writes down elsewhere what it sees. */
  const writeDown = (store: Store, id: string, into: string) =>
    store.transact([{ table: logs, keys: [into], lock: true, fresh: new Set([into]) }, copy(id)], (loaded) => {
      const balance = balanceOf(loaded.get(accounts, id)) ?? -1
      return { changes: [{ ...change({ inserts: [{ id: into, balance }] }), table: logs }], result: balance }
    })

  beforeAll(() => testDatabase.query('CREATE TABLE log (id text PRIMARY KEY, balance bigint NOT NULL)'))

  it('is not read again', async () => {
    await open(newStore(), 'price')
    const before = await reads()
    const store = newStore()
    for (let count = 0; count < 20; count += 1) await writeDown(store, 'price', `again-${count}`)
    // The check finds it by the index once each time; reading it would find it twice.
    expect((await reads()) - before).toBeLessThan(30)
  })

  it('is not locked: who writes it meanwhile waits for nobody', async () => {
    const [one, other] = [newStore(), newStore()]
    await open(one, 'unlocked')
    await writeDown(one, 'unlocked', 'unlocked-1')
    const holder = await databases[0]?.pool.connect()
    await holder?.query(`BEGIN; UPDATE account SET balance = 3 WHERE id = 'unlocked'`)
    expect(await writeDown(one, 'unlocked', 'unlocked-2')).toBe(0)
    await holder?.query('COMMIT')
    holder?.release()
    await expect(writeDown(one, 'unlocked', 'unlocked-3')).rejects.toMatchObject({ code: '40001' })
    expect(await writeDown(one, 'unlocked', 'unlocked-3')).toBe(3)
    expect(await writeDown(other, 'unlocked', 'unlocked-4')).toBe(3)
  })

  it('is another one when somebody wrote it: what was decided on the old one is not committed', async () => {
    const [one, other] = [newStore(), newStore()]
    await open(other, 'changed')
    await writeDown(one, 'changed', 'changed-1')
    await add(other, 'changed', 5)
    await expect(writeDown(one, 'changed', 'changed-2')).rejects.toMatchObject({ fault: 'transient', code: '40001' })
    expect(await writeDown(one, 'changed', 'changed-2')).toBe(5)
  })

  it('is looked at behind what is written: what changed while that had to wait is seen', async () => {
    const store = newStore()
    await open(store, 'late')
    await writeDown(store, 'late', 'late-1')
    const holder = await databases.at(-1)?.pool.connect()
    await holder?.query(`BEGIN; INSERT INTO log VALUES ('late-2', 0)`)
    const waits = writeDown(store, 'late', 'late-2').catch((error: unknown) => error)
    await eventually(async () => expect(await waiting()).toBeGreaterThan(0))
    await holder?.query(`UPDATE account SET balance = 3 WHERE id = 'late'; DELETE FROM log WHERE id = 'late-2'; COMMIT`)
    holder?.release()
    expect(await waits).toMatchObject({ code: '40001' })
  })

  it('is read each time where the table is of rows to come back to: a list would crowd out what is under way', async () => {
    const [one, other] = [newStore(), newStore()]
    const mine: Table<Account> = { ...accounts, remember: 'written' }
    const see = (id: string, lock: boolean): Promise<number | undefined> =>
      one.transact([{ table: mine, keys: [id], lock }], (loaded) => ({
        changes: [],
        result: balanceOf(loaded.get(mine, id)),
      }))
    const insert = { ...change({ inserts: [{ id: 'written-here', balance: 0 }] }), table: mine }
    await one.transact([], () => ({ changes: [insert], result: undefined }))
    await open(other, 'only-seen')
    for (const id of ['written-here', 'only-seen']) {
      expect(await see(id, false)).toBe(0)
      await add(other, id, 5)
      expect(await see(id, false)).toBe(5)
    }
    expect(await see('only-seen', true)).toBe(5)
  })

  it('is not known as it was seen, when this process has written it meanwhile', async () => {
    const store = newStore(2)
    await open(newStore(), 'meanwhile')
    const holder = await databases.at(-1)?.pool.connect()
    await holder?.query(`BEGIN; INSERT INTO log VALUES ('meanwhile-1', 0)`)
    const slow = writeDown(store, 'meanwhile', 'meanwhile-1')
    await eventually(async () => expect(await waiting()).toBeGreaterThan(0))
    await add(store, 'meanwhile', 4)
    await holder?.query('ROLLBACK')
    holder?.release()
    expect(await slow).toBe(0)
    expect(await writeDown(store, 'meanwhile', 'meanwhile-2')).toBe(4)
  })

  it('is known as this process wrote it since', async () => {
    const store = newStore()
    await open(newStore(), 'written')
    await writeDown(store, 'written', 'written-1')
    await add(store, 'written', 2)
    expect(await writeDown(store, 'written', 'written-2')).toBe(2)
  })
})

it('a lost race for rows of one table makes those of others no less remembered', async () => {
  const [one, other] = [newStore(), newStore()]
  const others: Table<Account> = { ...accounts, name: 'other_account' }
  await testDatabase.query('CREATE TABLE other_account (LIKE account INCLUDING ALL)')
  const insert = { ...change({ inserts: [{ id: 'calm', balance: 1 }] }), table: others }
  await one.transact([], () => ({ changes: [insert], result: undefined }))
  await open(one, 'raced')
  await add(other, 'raced', 5)
  await expect(add(one, 'raced', 1)).rejects.toMatchObject({ code: '40001' })
  await testDatabase.query(`UPDATE other_account SET balance = 2`)
  const stale = one.transact([{ table: others, keys: ['calm'], lock: true }], () => ({
    changes: [],
    result: undefined,
  }))
  await expect(stale).rejects.toMatchObject({ code: '40001' })
})

it('what failed to commit is not remembered', async () => {
  const store = newStore()
  await open(store, 'refused')
  await expect(add(store, 'refused', -1)).rejects.toMatchObject({ fault: 'refused' })
  expect(await look(store, 'refused')).toBe(0)
  await expect(
    store.transact(locked('refused'), () => {
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(await add(store, 'refused', 1)).toBe(0)
})

it('after a lost race rows are read and locked for a while: two processes do not fail each other in turn', async () => {
  const [one, other] = [newStore(), newStore()]
  await open(one, 'contended')
  await add(other, 'contended', 1)
  let lost = 0
  for (let count = 0; count < 20; count += 1) {
    for (const store of [one, other]) await add(store, 'contended', 1).catch(() => (lost += 1))
  }
  expect(lost).toBeLessThanOrEqual(2)
  expect(await stored('contended')).toBe(41 - lost)
})
