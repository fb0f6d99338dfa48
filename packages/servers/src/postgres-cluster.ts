import { execFileSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { PostgresPlace } from './postgres-place.ts'
import { endProcess, findProcesses, isAlive } from './processes.ts'
import { until } from './until.ts'

/** The environment of PostgreSQL's programs: nothing of ours, so that no PG* variable of the caller reaches them. */
export const POSTGRES_ENV = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Makes the database cluster when there is none. A half-made one, left by a kill, is made again. */
export function makeCluster(place: PostgresPlace, password: string, durable: boolean): void {
  if (existsSync(join(place.cluster, 'PG_VERSION'))) return
  const draft = `${place.cluster}.new`
  const passwordFile = join(place.dir, 'password.new')
  rmSync(draft, { recursive: true, force: true })
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    if (place.user) chownSync(passwordFile, place.user.uid, place.user.gid)
    const args = ['-D', draft, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8']
    const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
    const sync = durable ? [] : ['--no-sync']
    run(place, 'initdb', [...args, ...locale, ...sync])
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft, place.cluster)
}

/** Sets the administrator's password without knowing the old one; the cluster must be stopped. */
export function resetPassword(place: PostgresPlace, password: string): void {
  if (!/^[\w-]+$/.test(password))
    throw new Error('a password of the embedded PostgreSQL consists of letters, digits, _ and -')
  run(place, 'postgres', ['--single', '-D', place.cluster, 'postgres'], `ALTER ROLE postgres PASSWORD '${password}'\n`)
}

/**
 * Clears what a killed predecessor left in the way of a start: its server, still running, or its lock file, whose
 * process number now belongs to somebody else (PostgreSQL would take that one for a running server and refuse).
 */
export async function clearLeftovers(place: PostgresPlace): Promise<void> {
  for (const { pid } of findProcesses('postgres', `-D ${place.cluster}`)) {
    await endProcess(pid, [
      ['SIGINT', 10_000],
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ])
  }
  // Backends notice the end of their server by themselves; they hold its shared memory until then.
  await until(() => processesIn(place.cluster).length === 0, 10_000)
  const lockFile = join(place.cluster, 'postmaster.pid')
  if (!existsSync(lockFile)) return
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10)
  if (Number.isInteger(pid) && isAlive(pid) && processesIn(place.cluster).length === 0)
    rmSync(lockFile, { force: true })
}

/** Processes working in the folder: PostgreSQL's backends keep the cluster as their working directory. */
function processesIn(dir: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === dir
      } catch {
        return false
      }
    })
}

function run(place: PostgresPlace, program: 'initdb' | 'postgres', args: readonly string[], input?: string): void {
  try {
    execFileSync(join(place.binDir, program), [...args], {
      ...place.user,
      cwd: place.dir,
      env: POSTGRES_ENV,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new Error(`${program} failed: ${said}`, { cause: error })
  }
}
