import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The kernel counts processor time in these, whatever its own frequency. */
const TICKS_PER_SECOND = 100

/** Processor time used so far, in microseconds, of each process that left a pid file, children included. */
export const cpuMicros = (home: string): ReadonlyMap<string, number> => {
  const folder = join(home, 'run')
  const roots = new Map<number, string>()
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.pid')) roots.set(Number(readFileSync(join(folder, file), 'utf8').trim()), file.slice(0, -4))
  }
  const used = new Map<string, number>()
  for (const { pid, parent, micros } of processes()) {
    const name = roots.get(pid) ?? roots.get(parent)
    if (name) used.set(name, (used.get(name) ?? 0) + micros)
  }
  return used
}

const processes = () =>
  readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) return []
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may hold blanks; the fields after it do not.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const ticks = Number(fields[11]) + Number(fields[12])
      return [{ pid, parent: Number(fields[1]), micros: (ticks / TICKS_PER_SECOND) * 1_000_000 }]
    } catch {
      return []
    }
  })

/** Microseconds a saga by process, from two samples. */
export const cpuPerSaga = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  sagas: number,
): Record<string, number> => {
  const spent = [...after].map(
    ([name, micros]) => [name, Math.round((micros - (before.get(name) ?? 0)) / sagas)] as const,
  )
  return Object.fromEntries([...spent, ['total', spent.reduce((sum, [, micros]) => sum + micros, 0)]])
}
