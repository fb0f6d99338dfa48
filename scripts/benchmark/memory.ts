import { readFileSync, writeFileSync } from 'node:fs'
import { type Family, familiesOf } from './system-processes.ts'

/** PostgreSQL's peak is not kept by the kernel, and that of any process dies with it: the highest of so many looks counts. */
const LOOK_EVERY_MS = 1_000
const KIB = 1_024

/**
 * The most memory that each process had resident while it was watched, over all its lives, in bytes. Of one process the
 * kernel knows it (VmHWM). PostgreSQL is many processes that share their buffers: the sum of what is theirs alone
 * (RssAnon), and the shared buffers (RssShmem) once, as much of them as the process that touched most has seen.
 */
export class MemoryWatch {
  readonly #home: string
  readonly #timer: NodeJS.Timeout
  readonly #peaks = new Map<string, number>()

  constructor(home: string) {
    this.#home = home
    for (const { root } of familiesOf(home)) forgetPeak(root.pid)
    this.#look()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  /** Ends the watch; more than once is fine. */
  stop(): void {
    clearInterval(this.#timer)
  }

  /** Ends the watch. */
  peaks(): ReadonlyMap<string, number> {
    this.stop()
    this.#look()
    return this.#peaks
  }

  #look(): void {
    for (const family of familiesOf(this.#home)) {
      const { name, root } = family
      const peak = name === 'postgres' ? residentOf(family) : statusOf(root.pid, 'VmHWM')
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, peak))
    }
  }
}

/** What each process has resident now, in bytes. */
export const residentBytes = (home: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    familiesOf(home).map((family) => [
      family.name,
      family.name === 'postgres' ? residentOf(family) : statusOf(family.root.pid, 'VmRSS'),
    ]),
  )

const residentOf = ({ root, children }: Family): number => {
  const pids = [root, ...children].map(({ pid }) => pid)
  const own = pids.reduce((sum, pid) => sum + statusOf(pid, 'RssAnon'), 0)
  return own + Math.max(...pids.map((pid) => statusOf(pid, 'RssShmem')))
}

/** A field of /proc/<pid>/status in bytes; 0 when the process has ended. */
const statusOf = (pid: number, field: string): number => {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * KIB
  } catch {
    return 0
  }
}

/** The kernel starts its high-water mark anew at 5. Where that is not allowed, it is the peak since the process began. */
const forgetPeak = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    return
  }
}
