import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ending, isAlive, startChild } from '@skald/servers'
import { expect, onTestFinished, test } from 'vitest'
import { keepAlive } from './keep-alive.ts'

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'skald-keep-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Keeps a Node process alive that runs the script; `starts` counts how often it was started. */
async function keep(script: string, starting: () => void = () => undefined) {
  const dir = folder()
  const pidFile = join(dir, 'it.pid')
  const hopeless: Ending[] = []
  let starts = 0
  const kept = await keepAlive({
    name: 'it',
    pidFiles: [pidFile],
    start: () => {
      starts++
      starting()
      const stopSteps = [['SIGTERM', 10_000]] as const
      return startChild({
        command: process.execPath,
        args: ['-e', script],
        cwd: dir,
        env: {},
        logFile: join(dir, 'log'),
        stopSteps,
      })
    },
    onHopeless: (ending) => hopeless.push(ending),
  })
  onTestFinished(() => kept.stop())
  const pid = () => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : undefined)
  return { kept, pid, pidFile, hopeless, starts: () => starts }
}

const FOR_EVER = 'setInterval(() => {}, 1000)'

test('starts again what was killed, and writes its new number', async () => {
  const { kept, pid } = await keep(FOR_EVER)
  const first = pid()
  process.kill(first ?? 0, 'SIGKILL')
  await expect.poll(pid, { timeout: 10_000 }).not.toBe(first)
  await expect.poll(() => isAlive(pid() ?? 0), { timeout: 10_000 }).toBe(true)
  await kept.stop()
})

test('what is killed from outside comes back at once each time', async () => {
  const { pid } = await keep(FOR_EVER)
  const startedMs = performance.now()
  for (let kills = 0; kills < 8; kills++) {
    const before = pid() ?? 0
    process.kill(before, 'SIGKILL')
    await expect.poll(() => [undefined, before].includes(pid()), { timeout: 15_000, interval: 10 }).toBe(false)
  }
  // Eight waits that double from 0.1 s to 10 s would take 22.7 s.
  expect(performance.now() - startedMs).toBeLessThan(15_000)
})

test('what dies by itself comes back ever later', async () => {
  const startedMs: number[] = []
  await keep('process.exit(1)', () => startedMs.push(performance.now()))
  await expect.poll(() => startedMs.length, { timeout: 15_000 }).toBeGreaterThan(3)
  const [, , third = 0, fourth = 0] = startedMs
  // A timer may be a millisecond early.
  expect(fourth - third).toBeGreaterThan(398)
})

test('a stop ends the process, removes its file and starts nothing again', async () => {
  const { kept, pid, pidFile, starts } = await keep(FOR_EVER)
  const last = pid() ?? 0
  await kept.stop()
  expect(isAlive(last)).toBe(false)
  expect(existsSync(pidFile)).toBe(false)
  expect(starts()).toBe(1)
})

test('tries again when the restart itself fails', async () => {
  let starts = 0
  const { pid } = await keep(FOR_EVER, () => {
    starts++
    if (starts === 2 || starts === 3) throw new Error('not now')
  })
  const first = pid()
  process.kill(first ?? 0, 'SIGKILL')
  await expect.poll(() => pid() !== undefined && pid() !== first, { timeout: 10_000 }).toBe(true)
  expect(starts).toBe(4)
})

test('gives up on a process that refuses its configuration: it would refuse it again', async () => {
  const { hopeless, starts } = await keep('process.exit(78)')
  await expect.poll(() => hopeless, { timeout: 10_000 }).toEqual([{ code: 78, signal: null }])
  expect(starts()).toBe(1)
})

test('a first start that fails is the caller’s to hear', async () => {
  const failing = keepAlive({
    name: 'it',
    pidFiles: [],
    start: () => Promise.reject(new Error('no such program')),
    onHopeless: () => undefined,
  })
  await expect(failing).rejects.toThrow(/no such program/)
})
