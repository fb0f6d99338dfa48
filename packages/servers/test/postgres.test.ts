import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { findProcesses, isAlive, type PostgresOptions, type RunningPostgres, startPostgres } from '../src/index.ts'
import { testFolder } from './folder.ts'

// Small, and not forced to disk: several run beside each other. Otherwise as `dev` starts it.
const settings = { shared_buffers: '16MB', max_connections: '20', fsync: 'off' }

async function start(options: PostgresOptions): Promise<RunningPostgres> {
  const server = await startPostgres({ settings, ...options })
  onTestFinished(() => server.stop())
  return server
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

test('keeps its data over a stop and over a kill', async () => {
  const dir = testFolder()
  const options = { dir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), password: 'first' }
  const first = await start(options)
  await ask(first.url('postgres'), 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.stop()

  const second = await start(options)
  expect(await ask(second.url('postgres'), 'SELECT answer FROM kept')).toBe(42)
  process.kill(second.pid, 'SIGKILL')
  await second.ended

  const third = await start(options)
  expect(await ask(third.url('postgres'), 'SELECT answer FROM kept')).toBe(42)
})

test('lets in the password it was started with last, and nobody without one', async () => {
  const dir = testFolder()
  const options = { dir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log') }
  const first = await start({ ...options, password: 'first' })
  await first.stop()

  const second = await start({ ...options, password: 'second' })
  expect(await ask(second.url('postgres'), 'SELECT 1')).toBe(1)
  const withoutPassword = second.url('postgres').replace(':second@', '@')
  await expect(ask(withoutPassword, 'SELECT 1')).rejects.toThrow(/password/)
})

test('ends the server that a killed predecessor left and starts on the same data', async () => {
  const dir = testFolder()
  const options = { dir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), password: 'same' }
  const left = await start(options)
  const next = await start(options)
  expect(isAlive(left.pid)).toBe(false)
  expect(await ask(next.url('postgres'), 'SELECT 1')).toBe(1)
})

test('is not stopped by a lock file whose process number belongs to somebody else', async () => {
  const dir = testFolder()
  const options = { dir: join(dir, 'postgres'), logFile: join(dir, 'postgres.log'), password: 'same' }
  const first = await start(options)
  const cluster = join(first.dir, 'cluster')
  const lockFile = readFileSync(join(cluster, 'postmaster.pid'), 'utf8')
  await first.stop()
  writeFileSync(join(cluster, 'postmaster.pid'), lockFile.replace(/^\d+/, String(process.pid)))

  const second = await start(options)
  expect(await ask(second.url('postgres'), 'SELECT 1')).toBe(1)
})

test('leaves nothing of a throw-away server', async () => {
  const dir = testFolder()
  const wanted = join(dir, 'postgres')
  const server = await start({ dir: wanted, logFile: join(dir, 'postgres.log'), throwAway: true })
  await server.stop()
  expect(existsSync(server.dir)).toBe(false)
  expect(findProcesses('postgres', `-D ${wanted}`)).toEqual([])
})

test('works under a folder that only its owner may enter', async () => {
  const dir = testFolder()
  chmodSync(dir, 0o700)
  const options = { dir: join(dir, 'deep', 'postgres'), logFile: join(dir, 'postgres.log'), throwAway: true }
  mkdirSync(join(dir, 'deep'))
  const server = await start(options)
  expect(await ask(server.url('postgres'), 'SELECT 1')).toBe(1)
})

test('says what is wrong when it cannot start', async () => {
  const dir = testFolder()
  const options = {
    dir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
    settings: { shared_buffers: 'much' },
  }
  await expect(startPostgres(options)).rejects.toThrow(/shared_buffers/)
})
