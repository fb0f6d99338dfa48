import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  endProcess,
  findProcesses,
  isAlive,
  removePidFile,
  startChild,
  takeLock,
  until,
  writePidFile,
} from '../src/index.ts'
import { testFolder } from './folder.ts'

async function startStubborn(mark: string) {
  // Ignores SIGTERM, as a hanging service would.
  const script = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.argv[1])`
  const dir = testFolder()
  const logFile = join(dir, 'child.log')
  const child = await startChild({
    command: process.execPath,
    args: ['-e', script, '--', mark],
    cwd: dir,
    env: {},
    logFile,
    stopSteps: [
      ['SIGTERM', 100],
      ['SIGKILL', 5_000],
    ],
  })
  onTestFinished(() => child.stop())
  expect(await until(() => readFileSync(logFile, 'utf8').includes(mark), 10_000)).toBe(true)
  return child
}

test('a child that does not obey the first signal is ended by the next one', async () => {
  const child = await startStubborn('stubborn-one')
  await child.stop()
  expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' })
  expect(isAlive(child.pid)).toBe(false)
})

test('a process is found by its command line and ended without being our child', async () => {
  const child = await startStubborn('stubborn-two')
  const found = findProcesses('stubborn-two')
  expect(found.map(({ pid }) => pid)).toEqual([child.pid])
  await endProcess(child.pid, [
    ['SIGTERM', 100],
    ['SIGKILL', 5_000],
  ])
  expect(findProcesses('stubborn-two')).toEqual([])
})

test('a process that stands still hears the wish to end, too', async () => {
  const dir = testFolder()
  const logFile = join(dir, 'child.log')
  const stopSteps = [['SIGTERM', 20_000]] as const
  const script = "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')"
  const child = await startChild({
    command: process.execPath,
    args: ['-e', script],
    cwd: dir,
    env: {},
    logFile,
    stopSteps,
  })
  expect(await until(() => readFileSync(logFile, 'utf8').includes('up'), 10_000)).toBe(true)
  process.kill(child.pid, 'SIGSTOP')
  await child.stop()
  expect(await child.ended).toEqual({ code: 7, signal: null })
})

test('a process is not found by a part of a word', async () => {
  await startStubborn('--home=/tmp/stubborn-10')
  expect(findProcesses('--home=/tmp/stubborn-1')).toEqual([])
  expect(findProcesses('--home=/tmp/stubborn-10')).toHaveLength(1)
})

test('a program that does not exist is an error that names it', async () => {
  const dir = testFolder()
  const options = { args: [], cwd: dir, env: {}, logFile: join(dir, 'log'), stopSteps: [] }
  await expect(startChild({ command: '/no/such/program', ...options })).rejects.toThrow(/\/no\/such\/program/)
})

test('a lock is held by one and free after its release', () => {
  const path = join(testFolder(), 'lock')
  const lock = takeLock(path)
  expect(lock.held).toBe(true)
  expect(takeLock(path)).toEqual({ held: false, pid: process.pid })
  if (lock.held) lock.release()
  const again = takeLock(path)
  expect(again.held).toBe(true)
})

test('a lock left by a process that is gone, or whose number is reused, is taken over', async () => {
  const path = join(testFolder(), 'lock')
  const gone = spawn(process.execPath, ['-e', ''])
  await new Promise((ended) => gone.once('exit', ended))
  writeFileSync(path, JSON.stringify({ pid: gone.pid, born: '1' }))
  expect(takeLock(path).held).toBe(true)
  writeFileSync(path, JSON.stringify({ pid: process.ppid, born: 'another time' }))
  expect(takeLock(path).held).toBe(true)
})

test('a pid file is removed only by the process it names', () => {
  const path = join(testFolder(), 'run', 'nats.pid')
  writePidFile(path, 1234)
  expect(readFileSync(path, 'utf8')).toBe('1234\n')
  removePidFile(path, 99)
  expect(existsSync(path)).toBe(true)
  removePidFile(path, 1234)
  expect(existsSync(path)).toBe(false)
})
