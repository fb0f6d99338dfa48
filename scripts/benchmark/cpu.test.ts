import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@skald/servers'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { type CpuSample, cpuBetween, sampleCpu } from './cpu.ts'
import { MemoryWatch } from './memory.ts'
import { familiesOf } from './system-processes.ts'
import { onLinux } from './testing/on-linux.ts'

const sample = (atMs: number, used: Record<string, number>, loadGenerator: number, machine: number): CpuSample => ({
  atMs,
  byProcess: new Map(Object.entries(used)),
  loadGenerator,
  machine,
})

test('what a process has used is the difference of two samples, from zero when it was started anew', () => {
  const before = sample(0, { nats: 5_000_000, 'saga-coordinator': 900_000 }, 10, 0)
  const after = sample(1_000, { nats: 5_200_000, 'saga-coordinator': 100_000, postgres: 300 }, 30, 0)

  const { byProcess, loadGenerator } = cpuBetween(before, after)

  expect(Object.fromEntries(byProcess)).toEqual({ nats: 200_000, 'saga-coordinator': 100_000, postgres: 300 })
  expect(loadGenerator).toBe(20)
})

test('what neither the system nor the load generator has used is told as a share of all processors', () => {
  const processors = availableParallelism()
  const before = sample(0, { nats: 0 }, 0, 0)
  const after = sample(1_000, { nats: 300_000 }, 100_000, 400_000 + processors * 250_000)

  expect(cpuBetween(before, after).othersShare).toBe(0.25)
})

describe.each(onLinux)('on %s', () => {
  let home: string
  const started: ChildProcess[] = []

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'skald-bench-'))
    mkdirSync(join(home, 'run'))
  })

  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL')
    rmSync(home, { recursive: true, force: true })
  })

  const run = (script: string): number => {
    const child = spawn(process.execPath, ['--expose-gc', '-e', script], { stdio: 'ignore' })
    started.push(child)
    return child.pid ?? 0
  }
  const name = (file: string, pid: number): void => writeFileSync(join(home, 'run', `${file}.pid`), `${pid}\n`)

  const SLEEP = 'setInterval(() => undefined, 1000)'
  const startsChild = (script: string): string =>
    `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(script)}]); ${SLEEP}`

  it('a process is known by its pid file and has its children; one with several names is all in one', async () => {
    const [parent, shared] = [run(startsChild(SLEEP)), run(SLEEP)]
    name('nats', parent)
    for (const service of ['order-service', 'payment-service', 'saga-coordinator']) name(service, shared)

    await until(() => familiesOf(home).some(({ children }) => children.length > 0), 10_000)

    const families = familiesOf(home)
    for (const { children } of families) for (const { pid } of children) process.kill(pid, 'SIGKILL')
    expect(new Map(families.map((family) => [family.name, [family.root.pid, family.children.length]]))).toEqual(
      new Map([
        ['all-in-one', [shared, 0]],
        ['nats', [parent, 1]],
      ]),
    )
  })

  it('processor time is told by process, that of children that have ended included', async () => {
    const before = sampleCpu(home)
    name('postgres', run(startsChild('while (process.cpuUsage().user < 400_000);')))
    name('nats', run('for (;;);'))
    const micros = (process: string) => cpuBetween(before, sampleCpu(home)).byProcess.get(process) ?? 0
    const hasChild = () => familiesOf(home).some(({ children }) => children.length > 0)

    expect(await until(hasChild, 10_000)).toBe(true)
    expect(await until(() => !hasChild() && micros('postgres') > 300_000 && micros('nats') > 300_000, 20_000)).toBe(
      true,
    )
  })

  it('the peak of memory is what was resident at most while it was watched, not before', async () => {
    const release = `process.on('SIGUSR2', () => { held = undefined; gc() })`
    const pid = run(`let held = Buffer.alloc(200e6, 1); ${release}; ${SLEEP}`)
    name('order-service', pid)
    const peakMib = () => (new MemoryWatch(home).peaks().get('order-service') ?? 0) / 1_048_576
    expect(await until(() => peakMib() > 200, 10_000)).toBe(true)

    process.kill(pid, 'SIGUSR2')

    expect(await until(() => peakMib() < 150, 10_000)).toBe(true)
  })
})
