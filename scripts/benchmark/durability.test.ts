import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager, StorageType } from '@nats-io/jetstream'
import { type RunningPostgres, startPostgres, withClient } from '@skald/servers'
import { createTestNats, type TestNats } from '@skald/testing'
import { connect, type NatsConnection } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDurability } from './durability.ts'
import { onLinux } from './testing/on-linux.ts'

const KEEPS_ALL = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
/** On a disk, wherever the temporary folder is. */
const home = import.meta.dirname

let folder: string
let postgres: RunningPostgres
let server: TestNats
let nats: NatsConnection

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'skald-bench-'))
  const files = { dir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') }
  postgres = await startPostgres({ ...files, throwAway: true, settings: KEEPS_ALL })
  server = await createTestNats()
  nats = await connect({ servers: server.url() })
}, 120_000)

afterAll(async () => {
  await nats?.close()
  await server?.close()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const check = () => checkDurability({ home, postgresUrl: postgres.url('postgres') }, nats)

const makeStreams = async (storage: StorageType): Promise<void> => {
  const { streams } = await jetstreamManager(nats)
  for (const name of ['EVENTS', 'COMMANDS']) {
    await streams.delete(name).catch(() => undefined)
    await streams.add({ name, subjects: [`${name}.>`], storage })
  }
}

it('tells with what the servers keep what they acknowledge', async () => {
  await makeStreams(StorageType.File)

  expect(await check()).toMatchObject({
    postgres: { ...KEEPS_ALL, commit_delay: '0' },
    streamStorage: 'file',
    natsSyncInterval: 'unknown',
  })
})

it.each([
  ["ALTER SYSTEM SET commit_delay = '1000'", "ALTER SYSTEM SET commit_delay = '0'", 'commit_delay = 1000'],
  [
    'ALTER DATABASE template1 SET synchronous_commit = off',
    'ALTER DATABASE template1 RESET ALL',
    'synchronous_commit = off',
  ],
  ['ALTER ROLE postgres SET synchronous_commit = off', 'ALTER ROLE postgres RESET ALL', 'synchronous_commit = off'],
])('refuses a PostgreSQL with %s', async (change, undo, named) => {
  const run = (sql: string) =>
    withClient(postgres.url('postgres'), async (client) => {
      await client.query(sql)
      await client.query('SELECT pg_reload_conf()')
    })
  await run(change)

  // The server reads its settings anew a moment after it was told to.
  await expect
    .poll(() => check().then(() => '', String), { timeout: 10_000 })
    .toContain(`PostgreSQL has ${named}, but must have`)

  await run(undo)
  await expect.poll(() => check().then(() => '', String), { timeout: 10_000 }).toBe('')
})

it('refuses a PostgreSQL that forgets: the one of the test run', async () => {
  const forgetful = await startPostgres({
    dir: join(folder, 'forgetful'),
    logFile: join(folder, 'f.log'),
    throwAway: true,
  })

  await expect(checkDurability({ home, postgresUrl: forgetful.url('postgres') }, nats)).rejects.toThrow(
    'PostgreSQL has fsync = off, but must have on',
  )

  await forgetful.stop()
})

it('refuses streams in memory', async () => {
  await makeStreams(StorageType.Memory)

  await expect(check()).rejects.toThrow('stream EVENTS has storage memory, but must have file')
})

describe.each(onLinux)('on %s', () => {
  it('refuses a home in memory', async () => {
    const inMemory = { home: '/dev/shm', postgresUrl: postgres.url('postgres') }

    await expect(checkDurability(inMemory, nats)).rejects.toThrow('/dev/shm lies in memory: set SKALD_HOME, or TMPDIR')
  })
})
