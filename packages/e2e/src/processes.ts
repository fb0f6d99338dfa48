import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { findProcesses, isAlive, until } from '@skald/servers'
import { eventually } from '@skald/testing'

export const serviceProcesses = ['order-service', 'payment-service', 'inventory-service', 'saga-coordinator'] as const
export const processes = [...serviceProcesses, 'nats', 'postgres'] as const

export type ServiceProcess = (typeof serviceProcesses)[number]
export type Process = (typeof processes)[number]

const GONE_WITHIN_MS = 10_000
const BACK_WITHIN_MS = 60_000

/** The process that runs now under the name of a pid file; throws while none does. */
export const pidOf = (home: string, name: string): number => {
  const pid = Number.parseInt(readFileSync(join(home, 'run', `${name}.pid`), 'utf8'), 10)
  if (!isAlive(pid)) throw new Error(`process ${pid} of ${name} is dead`)
  return pid
}

/** Kills without warning, and resolves when the process is gone. Gives the number it had. */
export const kill9 = async (home: string, name: string): Promise<number> => {
  const pid = await eventually(() => pidOf(home, name), { timeoutMs: BACK_WITHIN_MS })
  process.kill(pid, 'SIGKILL')
  if (!(await until(() => !isAlive(pid), GONE_WITHIN_MS))) throw new Error(`process ${pid} of ${name} outlived SIGKILL`)
  return pid
}

/** Waits for the successor of a process. */
export const successorOf = (home: string, name: Process, pid: number): Promise<number> =>
  eventually(
    () => {
      const now = pidOf(home, name)
      if (now === pid) throw new Error(`${name} is still process ${pid}`)
      return now
    },
    { timeoutMs: BACK_WITHIN_MS },
  )

/** Processes that belong to an installation: they name its folder, or, as PostgreSQL's workers do, they live in it. */
export const processesOf = (home: string): string[] => {
  const named = findProcesses(home).map(({ pid, commandLine }) => `${pid} ${commandLine}`)
  return [...new Set([...named, ...livingIn(home)])].filter((line) => isAlive(Number.parseInt(line, 10)))
}

const livingIn = (home: string): string[] => {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    try {
      const dir = /^\d+$/.test(name) ? readlinkSync(`/proc/${name}/cwd`) : ''
      return dir.startsWith(home) ? [`${name} in ${dir}`] : []
    } catch {
      // It ended meanwhile, or is somebody else's.
      return []
    }
  })
}
