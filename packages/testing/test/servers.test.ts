import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, createTestNats, eventually, SERVICES, type TestNats } from '../src/index.ts'

/** Resolves with the server's first line, rejects when nobody answers. */
const greeting = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('data', (line) => {
      socket.destroy()
      resolve(line.toString('latin1'))
    })
    socket.once('error', reject)
  })

describe('a test database', () => {
  it('is migrated, empty and nobody else’s', async () => {
    const [first, second] = await Promise.all([createTestDatabase('order'), createTestDatabase('order')])
    try {
      await first.query(`INSERT INTO stream_mark VALUES ('EVENTS', 'a', 1)`)
      expect(await first.query('SELECT sequence FROM stream_mark')).toEqual([{ sequence: '1' }])
      expect(await second.query('SELECT * FROM stream_mark')).toEqual([])
    } finally {
      await Promise.all([first.close(), second.close()])
    }
  })

  it.each(SERVICES)('exists for the %s database, and is gone after use', async (service) => {
    const database = await createTestDatabase(service)
    await database.query('SELECT * FROM task')
    const name = new URL(database.url).pathname.slice(1)
    await database.close()
    const other = await createTestDatabase(service)
    expect(await other.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).toEqual([])
    await other.close()
  })
})

describe('a test nats-server', () => {
  let nats: TestNats
  beforeAll(async () => {
    nats = await createTestNats()
  })
  afterAll(() => nats.close())

  it('answers with JetStream switched on', async () => {
    expect(await greeting(nats.port)).toContain('"jetstream":true')
  })

  it('answers nobody after kill -9, and on the same port after a restart', async () => {
    await nats.kill9()
    await expect(greeting(nats.port)).rejects.toThrow('ECONNREFUSED')
    await nats.restart()
    expect(await greeting(nats.port)).toContain('INFO')
  })

  it('comes back after its store was wiped', async () => {
    await nats.wipe()
    expect(await greeting(nats.port)).toContain('INFO')
  })
})

describe('eventually', () => {
  it('gives what the assertion returned once it holds', async () => {
    let asked = 0
    const answer = await eventually(() => {
      asked += 1
      if (asked < 3) throw new Error('not yet')
      return asked
    })
    expect(answer).toBe(3)
  })

  it('throws the last failure when patience ends', async () => {
    const never = () => Promise.reject(new Error('never'))
    await expect(eventually(never, { timeoutMs: 30 })).rejects.toThrow('never')
  })
})
