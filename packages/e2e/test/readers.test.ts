import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { createPostgresStore, openDatabase } from '@skald/database'
import { natsReader, postgresReader, type Reader, type Seen, type Sighting, TcpProxy } from '@skald/e2e'
import { tasks } from '@skald/messaging'
import { createTestDatabase, createTestNats, type TestDatabase, type TestNats } from '@skald/testing'
import { connect, headers } from 'nats'
import pg from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

let database: TestDatabase
let nats: TestNats

beforeAll(async () => {
  database = await createTestDatabase('order')
  nats = await createTestNats()
  const connection = await connect({ servers: nats.url() })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'EVENTS', subjects: ['order.>'] })
  await manager.consumers.add('EVENTS', { durable_name: 'reader', ack_policy: AckPolicy.Explicit })
  await connection.close()
})

afterAll(async () => {
  await nats?.close()
  await database?.close()
})

/** A proxy whose connections are read, a byte at a time when told so; `seen` decides as it would for a crash. */
const readBy = async (target: number, make: () => Reader, seen: Seen, bytewise = false): Promise<TcpProxy> => {
  const proxy = await TcpProxy.listen(target)
  onTestFinished(() => proxy.close())
  proxy.watch(() => {
    const reader = make()
    if (!bytewise) return (direction, bytes) => reader.read(direction, bytes, seen)
    return (direction, bytes) => {
      for (let at = 0; at < bytes.length; at += 1) {
        const end = reader.read(direction, bytes.subarray(at, at + 1), seen)
        if (end !== undefined) return at + end
      }
      return undefined
    }
  })
  return proxy
}

const recorder = () => {
  const sightings: Sighting[] = []
  const seen: Seen = (sighting) => {
    sightings.push(sighting)
    return undefined
  }
  return { sightings, seen }
}

const through = (url: string, { port }: TcpProxy): string => {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}

const clientOf = async (proxy: TcpProxy): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: through(database.url, proxy) })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

const portOf = (url: string): number => Number(new URL(url).port)
const INSERT = 'INSERT INTO task (id, kind, due_at, token, attempts, body) VALUES ($1, $2, now(), $3, 0, $4)'
const rowOf = (id: string) => [id, 'reading', '', '{}']
const rows = async (id: string): Promise<number> =>
  (await database.query('SELECT id FROM task WHERE id = $1', [id])).length

test.each([false, true])(
  'a transaction is seen when it asks to commit and when it is (bytewise: %s)',
  async (bytewise) => {
    const { sightings, seen } = recorder()
    const client = await clientOf(await readBy(portOf(database.url), postgresReader, seen, bytewise))
    const id = `seen-${bytewise}`
    await client.query('SELECT 1')
    await client.query('BEGIN')
    await client.query(INSERT, rowOf(id))
    expect(sightings).toEqual([])
    await client.query('COMMIT')
    await client.query(INSERT, rowOf(`${id}-alone`))
    const [requested, committed, ...alone] = sightings
    for (const [sighting, what] of [
      [requested, 'commit'],
      [committed, 'committed'],
    ] as const) {
      expect(sighting?.what).toBe(what)
      if (!sighting || !('writes' in sighting)) throw new Error('no transaction')
      expect(sighting.writes.hold(id)).toBe(true)
      expect(sighting.writes.hold(id, 'INSERT INTO task')).toBe(true)
      expect(sighting.writes.hold(id, 'DELETE')).toBe(false)
      expect(sighting.writes.hold('another')).toBe(false)
    }
    expect(alone.map(({ what }) => what)).toEqual(['commit', 'committed'])
  },
)

test('what is rolled back, fails or only reads commits nothing', async () => {
  const { sightings, seen } = recorder()
  const client = await clientOf(await readBy(portOf(database.url), postgresReader, seen))
  await client.query('BEGIN')
  await client.query(INSERT, rowOf('rolled-back'))
  await client.query('ROLLBACK')
  await client.query('BEGIN')
  await client.query('COMMIT')
  await client.query(INSERT, rowOf('twice'))
  await expect(client.query(INSERT, rowOf('twice'))).rejects.toThrow(/duplicate key/)
  const about = sightings.filter((sighting) => 'writes' in sighting && !sighting.writes.isEmpty)
  expect(about.map(({ what }) => what)).toEqual(['commit', 'committed', 'commit'])
})

test.each([
  ['withhold', 'commit', 0],
  ['pass', 'commit', 1],
  ['withhold', 'committed', 1],
  ['pass', 'committed', 1],
] as const)('in both forms of a transaction: %s the %s leaves %i rows', async (answer, what, left) => {
  for (const form of ['alone', 'begun'] as const) {
    const id = `${form}-${answer}-${what}`
    const proxy = await readBy(portOf(database.url), postgresReader, (sighting) => {
      return sighting.what === what && 'writes' in sighting && sighting.writes.hold(id) ? answer : undefined
    })
    const client = await clientOf(proxy)
    const work = async (): Promise<void> => {
      if (form === 'begun') await client.query('BEGIN')
      await client.query({ name: 'insert', text: INSERT, values: rowOf(id) })
      if (form === 'begun') await client.query({ name: 'commit', text: 'COMMIT', values: [] })
    }
    const answered = await work().then(
      () => true,
      () => false,
    )
    // The server may still be at it.
    await expect.poll(() => rows(id)).toBe(left)
    await expect.poll(() => proxy.connections).toBe(0)
    expect(await rows(id)).toBe(left)
    if (!(answer === 'pass' && what === 'committed')) expect(answered).toBe(false)
  }
})

test('the transactions of a store and the tasks that it claims are seen', async () => {
  const { sightings, seen } = recorder()
  const proxy = await readBy(portOf(database.url), postgresReader, seen)
  const open = openDatabase({ url: through(database.url, proxy), applicationName: 'reader' })
  onTestFinished(() => open.close())
  const store = createPostgresStore(open)
  const task = { id: 'due/1', kind: 'due-kind', due_at: 0, token: '', attempts: 0, body: null }
  const change = { table: tasks, inserts: [], updates: [], upserts: [task], deletes: [] }
  await store.transact([], () => ({ changes: [change], result: undefined }))
  expect(await store.claim(tasks, ['due-kind', 'other-kind'], 10, 1_000)).toHaveLength(1)
  await store.transact([], () => ({ changes: [{ ...change, upserts: [], deletes: [task.id] }], result: undefined }))
  const deletions = sightings.filter((one) => 'writes' in one && one.writes.hold(task.id, 'DELETE FROM "task"'))
  expect(deletions.map(({ what }) => what)).toEqual(['commit', 'committed'])
  expect(sightings.filter((one) => 'writes' in one && one.writes.hold(task.id)).length).toBeGreaterThan(3)
  expect(sightings).toContainEqual({ what: 'claim', kinds: ['due-kind', 'other-kind'] })
  expect(sightings).toContainEqual({ what: 'claimed', tasks: [{ id: task.id, kind: 'due-kind' }] })
})

test.each([false, true])(
  'publications, their PubAcks, deliveries and acks are seen (bytewise: %s)',
  async (bytewise) => {
    const { sightings, seen } = recorder()
    const proxy = await readBy(nats.port, natsReader, seen, bytewise)
    const connection = await connect({ servers: through(nats.url(), proxy) })
    onTestFinished(() => connection.close())
    const head = headers()
    const msgId = `m-${bytewise}`
    head.set('Nats-Msg-Id', msgId)
    const payload = JSON.stringify({ id: msgId, data: { id: 'own', text: 'MSG x 1 5\r\nPUB y 3\r\n' } })
    await jetstream(connection).publish('order.created.v1', payload, { headers: head })
    const consumer = await jetstream(connection).consumers.get('EVENTS', 'reader')
    const message = await consumer.next({ expires: 5_000 })
    message?.ack()
    await connection.flush()
    const subject = 'order.created.v1'
    const handed = { durable: 'reader', subject }
    expect(sightings).toEqual([
      { what: 'publication', subject, msgId },
      { what: 'pub-ack', subject, msgId },
      { what: 'delivery', ...handed, isFirst: true, marks: [msgId, 'own'] },
      { what: 'ack', ...handed },
    ])
  },
)

test('a message that is withheld never reaches the broker, one that passes does, though the sender is gone', async () => {
  const stored: string[] = []
  for (const answer of ['withhold', 'pass'] as const) {
    const proxy = await readBy(nats.port, natsReader, ({ what }) => (what === 'publication' ? answer : undefined))
    const connection = await connect({ servers: through(nats.url(), proxy), reconnect: false })
    const head = headers()
    head.set('Nats-Msg-Id', answer)
    const publishing = jetstream(connection).publish(`order.${answer}`, 'x', { headers: head, timeout: 5_000 })
    await expect(publishing).rejects.toThrow(/\w/)
    await connection.closed()
    stored.push(`order.${answer}`)
  }
  const connection = await connect({ servers: nats.url() })
  onTestFinished(() => connection.close())
  const manager = await jetstreamManager(connection)
  const subjectsNow = async () => {
    const { state } = await manager.streams.info('EVENTS', { subjects_filter: '>' })
    return Object.keys(state.subjects ?? {}).filter((subject) => stored.includes(subject))
  }
  await expect.poll(subjectsNow).toEqual(['order.pass'])
})
