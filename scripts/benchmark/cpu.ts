import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { familiesOf } from './system-processes.ts'

/** Processor time at a moment, in microseconds. */
export interface CpuSample {
  readonly atMs: number
  /** By process of the system, children included. */
  readonly byProcess: ReadonlyMap<string, number>
  readonly loadGenerator: number
  /** Of the whole machine, by whomever; what a hypervisor took away counts as used by others. */
  readonly machine: number
}

export interface CpuUse {
  readonly byProcess: ReadonlyMap<string, number>
  readonly loadGenerator: number
  /** Of all the processors' time, what neither the system nor we have used: with a few hundredths, figures are not quiet. */
  readonly othersShare: number
}

const MICROS_PER_TICK = 10_000

export const sampleCpu = (home: string): CpuSample => {
  const { user, system } = process.cpuUsage()
  const families = familiesOf(home).map(({ name, root, children }) => {
    const micros = [root, ...children].reduce((sum, each) => sum + each.micros, root.endedChildrenMicros)
    return [name, micros] as const
  })
  return {
    atMs: performance.now(),
    byProcess: new Map(families),
    loadGenerator: user + system,
    machine: machineMicros(),
  }
}

/** The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const machineMicros = (): number => {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  const ticks = line.trim().split(/\s+/).slice(1).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = ticks
  return (user + nice + system + irq + softirq + steal) * MICROS_PER_TICK
}

export const cpuBetween = (before: CpuSample, after: CpuSample): CpuUse => {
  // A process that was started anew in between begins at zero.
  const spent = ([name, micros]: readonly [string, number]) => {
    const earlier = before.byProcess.get(name) ?? 0
    return [name, micros < earlier ? micros : micros - earlier] as const
  }
  const byProcess = new Map([...after.byProcess].map(spent))
  const loadGenerator = after.loadGenerator - before.loadGenerator
  const ours = [...byProcess.values()].reduce((sum, micros) => sum + micros, loadGenerator)
  const capacity = (after.atMs - before.atMs) * 1_000 * availableParallelism()
  const others = Math.max(0, after.machine - before.machine - ours)
  return { byProcess, loadGenerator, othersShare: Math.round((others / capacity) * 1_000) / 1_000 }
}

/** Of PostgreSQL alone, so far. */
export const postgresCpuMicros = (home: string): number => sampleCpu(home).byProcess.get('postgres') ?? 0
