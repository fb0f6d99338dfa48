import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { until } from './until.ts'

/** What identifies a process beyond its number, which the system hands out again after the process ended. */
export type ProcessIdentity = { readonly pid: number; readonly born: string }

export type FoundProcess = { readonly pid: number; readonly commandLine: string }

/** True while the process exists, also when it belongs to another user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** A mark that no later process with the same number has; undefined when there is no such process. */
export function birthOf(pid: number): string | undefined {
  try {
    // Ticks since boot, not the time of day: setting the clock must not make a running process a stranger.
    if (process.platform === 'linux') return statFields(pid)[START_TIME_FIELD]
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/**
 * Every other process whose command line contains all the words: how we find what a killed predecessor left. A word is
 * whole, or the last part of a path: the mark of one folder does not find the processes of another that begins like it.
 */
export function findProcesses(...words: readonly string[]): FoundProcess[] {
  return listProcesses().filter(({ commandLine }) => words.every((word) => containsWord(commandLine, word)))
}

function containsWord(commandLine: string, word: string): boolean {
  for (let at = commandLine.indexOf(word); at >= 0; at = commandLine.indexOf(word, at + 1)) {
    const before = commandLine[at - 1] ?? ' '
    const after = commandLine[at + word.length] ?? ' '
    if ((before === ' ' || before === '/') && after === ' ') return true
  }
  return false
}

/**
 * Ends a process that is not our child: asks with each signal in turn, gives it the time to obey, and moves on.
 * Resolves when it is gone; throws when even the last signal did not help.
 */
export async function endProcess(pid: number, steps: readonly (readonly [NodeJS.Signals, number])[]): Promise<void> {
  for (const [signal, graceMs] of steps) {
    try {
      process.kill(pid, signal)
      // A process that somebody has stopped would hear the signal only when it goes on.
      process.kill(pid, 'SIGCONT')
    } catch (error) {
      if (errorCode(error) === 'ESRCH') return
      throw error
    }
    if (await until(() => !isAlive(pid), graceMs)) return
  }
  throw new Error(`process ${pid} is still there after ${steps.map(([signal]) => signal).join(', ')}`)
}

/** True while a signal keeps the process from running. */
export function isStopped(pid: number): boolean {
  if (process.platform === 'linux') return statFields(pid)[STATE_FIELD] === 'T'
  return execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .startsWith('T')
}

// Positions after the command name in /proc/<pid>/stat (fields 3 and 22 of the file).
const STATE_FIELD = 0
const START_TIME_FIELD = 19

/** The fields after the command name, which itself may contain spaces and brackets. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** An ended process whose parent has not collected it still has a number, but nothing that could run. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false
  try {
    return statFields(pid)[STATE_FIELD] === 'Z'
  } catch {
    return true
  }
}

/** Every process but this one. */
export function listProcesses(): FoundProcess[] {
  const all = process.platform === 'linux' ? listWithProc() : listWithPs()
  return all.filter(({ pid }) => pid !== process.pid)
}

function listWithProc(): FoundProcess[] {
  const found: FoundProcess[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const commandLine = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trimEnd()
      if (commandLine !== '') found.push({ pid: Number(name), commandLine })
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found
}

function listWithPs(): FoundProcess[] {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, commandLine] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || commandLine === undefined ? [] : [{ pid: Number(pid), commandLine }]
  })
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
