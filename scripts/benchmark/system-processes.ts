import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The kernel counts processor time in these, whatever its own frequency. */
const TICKS_PER_SECOND = 100
const MICROS_PER_TICK = 1_000_000 / TICKS_PER_SECOND

export interface SystemProcess {
  readonly pid: number
  readonly parent: number
  /** Processor time used so far. */
  readonly micros: number
  /** Of its children that have ended: PostgreSQL's workers come and go. */
  readonly endedChildrenMicros: number
}

/** A process that left a pid file, by the name of that file, with its children. */
export interface Family {
  readonly name: string
  readonly root: SystemProcess
  readonly children: readonly SystemProcess[]
}

/** The processes of a system that run now. Several names in one process are `all-in-one`. */
export const familiesOf = (home: string): readonly Family[] => {
  const names = namesByPid(join(home, 'run'))
  const all = everyProcess()
  return all.flatMap((root) => {
    const name = names.get(root.pid)
    return name === undefined ? [] : [{ name, root, children: all.filter(({ parent }) => parent === root.pid) }]
  })
}

const namesByPid = (folder: string): ReadonlyMap<number, string> => {
  const names = new Map<number, string>()
  for (const file of readdirSync(folder)) {
    if (!file.endsWith('.pid')) continue
    const pid = pidIn(join(folder, file))
    if (pid === undefined) continue
    names.set(pid, names.has(pid) ? 'all-in-one' : file.slice(0, -'.pid'.length))
  }
  return names
}

/** Undefined when the process has stopped since the listing: it takes its file with it. */
const pidIn = (file: string): number | undefined => {
  try {
    return Number(readFileSync(file, 'utf8').trim())
  } catch {
    return undefined
  }
}

const everyProcess = (): readonly SystemProcess[] =>
  readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) return []
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may hold blanks; the fields after it do not.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const ticks = (...positions: readonly number[]): number =>
        positions.reduce((sum, position) => sum + Number(fields[position]) * MICROS_PER_TICK, 0)
      // utime, stime; cutime, cstime
      return [{ pid, parent: Number(fields[1]), micros: ticks(11, 12), endedChildrenMicros: ticks(13, 14) }]
    } catch {
      // It ended between the listing and the reading.
      return []
    }
  })
