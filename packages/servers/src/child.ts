import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** How a child is asked to end: each signal, and the time it then has before the next one. */
export type StopSteps = readonly (readonly [NodeJS.Signals, number])[]

export type Child = {
  readonly pid: number
  /** Settles when the process ended, for whatever reason; never rejects. */
  readonly ended: Promise<Ending>
  readonly hasEnded: () => boolean
  /** Ends the process and resolves when it is gone; more than one call is fine. */
  readonly stop: () => Promise<void>
}

export type SystemUser = { readonly uid: number; readonly gid: number }

export type ChildOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** The output goes straight into this file, so that the child outlives us without a broken pipe. */
  readonly logFile: string
  readonly user?: SystemUser | undefined
  readonly stopSteps: StopSteps
}

/**
 * Starts a process in a group of its own: Ctrl-C in a terminal then reaches only us, and we stop our children in order.
 * Throws when the program cannot be started at all.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  mkdirSync(dirname(options.logFile), { recursive: true })
  const log = openSync(options.logFile, 'a', 0o640)
  try {
    const child = spawn(options.command, [...options.args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', log, log],
      detached: true,
      ...options.user,
    })
    return await started(child, options)
  } finally {
    closeSync(log)
  }
}

async function started(child: ChildProcess, { command, stopSteps }: ChildOptions): Promise<Child> {
  let ending: Ending | undefined
  const ended = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => {
      ending = { code, signal }
      resolve(ending)
    })
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) =>
      reject(new Error(`${command} could not be started: ${error.message}`, { cause: error })),
    )
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${command} started without a process number`)
  let stopping: Promise<void> | undefined
  const stop = async () => {
    for (const [signal, graceMs] of stopSteps) {
      if (ending) return
      child.kill(signal)
      // A process that somebody has stopped would hear the signal only when it goes on.
      child.kill('SIGCONT')
      const timer = new AbortController()
      await Promise.race([ended, wait(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)])
      timer.abort()
    }
    await ended
  }
  return {
    pid,
    ended,
    hasEnded: () => ending !== undefined,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

/** Says how a process ended, for a log line. */
export function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`
}
