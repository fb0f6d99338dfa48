import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from '@skald/servers'

/** The folder of the checkout. */
export const repository = join(import.meta.dirname, '..', '..', '..')

/** Longer than every deadline that `dev` gives its own processes, one after the other. */
const STOP_WITHIN_MS = 60_000

/** Waits for the end of its input, which comes when the test process is gone, kill -9 included; then stops what it left. */
const WATCH = `
while read -r _; do :; done
kill -TERM "$1" 2>/dev/null
# A frozen one would hear it only when it goes on.
kill -CONT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ "$tries" -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
# PostgreSQL may have been given a file system of its own.
umount "$DATA/data/postgres" 2>/dev/null
rm -rf "$DATA"
`

export interface DevOptions {
  readonly home: string
  readonly logFile: string
  readonly env: Readonly<Record<string, string>>
  readonly allInOne: boolean
  readonly examples: boolean
}

/** `./scripts/dev` without the install: the same program in a process group of its own. It ends with this process. */
export const startDev = async ({ home, logFile, env, allInOne, examples }: DevOptions): Promise<Child> => {
  const flags = [...(allInOne ? ['--all-in-one'] : []), ...(examples ? ['--examples'] : [])]
  const child = await startChild({
    command: process.execPath,
    args: ['--conditions=@skald/source', join('scripts', 'dev.ts'), ...flags],
    cwd: repository,
    env,
    logFile,
    stopSteps: [
      ['SIGTERM', STOP_WITHIN_MS],
      ['SIGKILL', 5_000],
    ],
  })
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'skald-e2e', String(child.pid)], {
    cwd: '/',
    // Not an argument: whoever looks for processes of this folder by their command lines would find the watcher.
    env: { PATH: process.env['PATH'], DATA: home },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.on('error', () => undefined)
  watcher.unref()
  void child.ended.then(() => watcher.kill('SIGKILL'))
  return child
}

/** The last lines of a log, for the message of a failed test. */
export const lastLines = (file: string, count = 30): string => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return `(no ${file})`
  }
}
