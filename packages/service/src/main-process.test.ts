import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { createStopSequence, exitCodes, silentLogger, writePidFile } from './index.ts'

interface Child {
  readonly process: ChildProcess
  readonly home: string
  readonly pidFile: string
  readonly entries: () => Record<string, unknown>[]
  readonly errors: () => string
  readonly exit: Promise<number | null>
}

const main = fileURLToPath(new URL('../test/sample-main.ts', import.meta.url))
const homes: string[] = []
const children: ChildProcess[] = []

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'skald home-'))
  homes.push(home)
  return home
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

function start(deed: string, env: Record<string, string> = {}): Child {
  const home = newHome()
  const child = spawn(process.execPath, ['--conditions=@skald/source', main, deed], {
    env: { PATH: process.env['PATH'], NATS_URL: 'nats://127.0.0.1:4222', SKALD_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    errors += chunk
  })
  return {
    process: child,
    home,
    pidFile: join(home, 'run', 'sample-service.pid'),
    entries: () =>
      output.split('\n').flatMap((line): Record<string, unknown>[] => (line === '' ? [] : [JSON.parse(line)])),
    errors: () => errors,
    exit: new Promise((resolve) => child.once('close', resolve)),
  }
}

const texts = (child: Child) => child.entries().map(({ msg }) => msg)

async function startedOne(deed: string, env?: Record<string, string>): Promise<Child> {
  const child = start(deed, env)
  await vi.waitFor(() => expect(texts(child)).toContain('sample-service is running'), { timeout: 20_000 })
  return child
}

test.for(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'at %s it stops in the reverse order of its start and ends with 0',
  async (signal) => {
    const child = await startedOne('run')
    expect(readFileSync(child.pidFile, 'utf8')).toBe(`${child.process.pid}\n`)
    expect(readdirSync(join(child.home, 'run'))).toEqual(['sample-service.pid'])
    child.process.kill(signal)
    expect(await child.exit).toBe(exitCodes.ok)
    expect(child.entries().flatMap(({ step }) => step ?? [])).toEqual(['http', 'consumer', 'database'])
    expect(child.entries().find(({ step }) => step === 'http')).toMatchObject({ isReady: false })
    expect(existsSync(child.pidFile)).toBe(false)
  },
)

test('signals beyond the first change nothing', async () => {
  const child = await startedOne('run')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGTERM'] as const) child.process.kill(signal)
  expect(await child.exit).toBe(exitCodes.ok)
  expect(child.entries().filter(({ step }) => step !== undefined)).toHaveLength(3)
})

test('a step that fails does not keep the others from running, and the end says so', async () => {
  const child = await startedOne('failing-stop')
  child.process.kill('SIGTERM')
  expect(await child.exit).toBe(exitCodes.failed)
  expect(child.entries().flatMap(({ step }) => step ?? [])).toEqual(['http', 'consumer', 'consumer', 'database'])
})

test('a step that hangs is left behind at the deadline, by name', async () => {
  const child = await startedOne('hanging-stop')
  child.process.kill('SIGTERM')
  expect(await child.exit).toBe(exitCodes.failed)
  expect(child.entries().find(({ unfinished }) => unfinished !== undefined)).toMatchObject({
    unfinished: ['http', 'consumer', 'database'],
    deadlineMs: 500,
  })
  expect(existsSync(child.pidFile)).toBe(false)
})

test('a start that fails undoes what it had begun, logs why and ends with 1', async () => {
  const child = start('failing-start')
  expect(await child.exit).toBe(exitCodes.failed)
  expect(texts(child)).toContain('sample-service could not start')
  expect(child.entries().flatMap(({ step }) => step ?? [])).toEqual(['http', 'consumer', 'database'])
  expect(JSON.stringify(child.entries())).not.toContain('hunter2')
  expect(existsSync(child.pidFile)).toBe(false)
})

test.for([
  ['rejection', 'unhandledRejection'],
  ['exception', 'uncaughtException'],
] as const)('an uncaught %s is logged and ends the process with 1, at once', async ([deed, origin]) => {
  const child = start(deed)
  expect(await child.exit).toBe(exitCodes.failed)
  expect(child.entries().at(-1)).toMatchObject({ level: 'error', origin, err: { stack: expect.any(String) } })
  expect(child.entries().some(({ step }) => step !== undefined)).toBe(false)
  expect(existsSync(child.pidFile)).toBe(false)
})

test('a faulty configuration is told on stderr, all of it, and ends with 78 before anything starts', async () => {
  const child = start('run', { NATS_URL: '', LOG_LEVEL: 'loud' })
  expect(await child.exit).toBe(exitCodes.configuration)
  expect(child.errors()).toContain('The configuration has 2 faults')
  expect(child.errors()).not.toContain('    at ')
  expect(child.entries()).toEqual([])
  expect(existsSync(child.pidFile)).toBe(false)
})

test('at start it logs its configuration without secrets, and what looks like a slip', async () => {
  const child = await startedOne('run', { NATS_URL: 'nats://u:hunter2@127.0.0.1', SAGA_STEP_TIMOUT_MS: '1' })
  child.process.kill('SIGTERM')
  await child.exit
  expect(child.entries()[0]).toMatchObject({
    msg: 'sample-service is starting',
    pid: child.process.pid,
    config: { NATS_URL: 'nats://***@127.0.0.1', SKALD_HOME: child.home, LOG_LEVEL: 'info' },
  })
  expect(child.entries()).toContainEqual(expect.objectContaining({ level: 'warn', variable: 'SAGA_STEP_TIMOUT_MS' }))
  expect(JSON.stringify(child.entries())).not.toContain('hunter2')
})

test('a pid file that another process has written since is left alone', () => {
  const home = newHome()
  const file = writePidFile(home, 'sample-service', 1)
  writeFileSync(file.path, '2\n')
  file.remove()
  expect(readFileSync(file.path, 'utf8')).toBe('2\n')
  rmSync(file.path)
  file.remove()
  expect(existsSync(file.path)).toBe(false)
})

test('a stop runs its steps once, also those that are added while it runs', async () => {
  const stops = createStopSequence({ logger: silentLogger })
  const ran: string[] = []
  stops.add('first', () => {
    ran.push('first')
  })
  stops.add('second', async () => {
    ran.push('second')
    stops.add('late', () => {
      ran.push('late')
    })
  })
  expect(await Promise.all([stops.run(), stops.run()])).toEqual([true, true])
  expect(ran).toEqual(['second', 'late', 'first'])
})
