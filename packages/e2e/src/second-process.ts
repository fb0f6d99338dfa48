import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { leash, removePidFile, startChild, until, writePidFile } from '@skald/servers'
import { repository } from './dev-process.ts'
import { portVariables } from './dev-run.ts'
import { call } from './http.ts'
import { choosePorts } from './ports.ts'
import { pidOf, type ServiceProcess } from './processes.ts'

/** A second process of a service, beside the one that `dev` keeps alive. */
export interface SecondProcess {
  readonly pid: number
  readonly url: string
  /** Ends it; it must be ended before the system. */
  readonly stop: () => Promise<void>
}

const READY_WITHIN_MS = 60_000

/**
 * Starts another process of a service on the same streams and the same database, as one who scales out does: with the
 * first one's own command line and environment, but for the port. Its number is in `run/<name>-2.pid` of the system.
 */
export const startSecond = async (home: string, name: ServiceProcess): Promise<SecondProcess> => {
  const first = `/proc/${pidOf(home, name)}`
  const [command = '', ...args] = wordsOf(`${first}/cmdline`)
  const [port] = await choosePorts(1)
  const env = Object.fromEntries(wordsOf(`${first}/environ`).map((entry) => splitOnce(entry, '=')))
  const ownHome = join(home, `${name}-2`)
  const started = await startChild({
    command,
    args,
    cwd: repository,
    // In the first one's home it would write its number over the first one's.
    env: { ...env, [portVariables[name]]: String(port), SKALD_HOME: ownHome },
    logFile: join(home, 'logs', `${name}-2.log`),
    stopSteps: [
      ['SIGTERM', 20_000],
      ['SIGKILL', 5_000],
    ],
  })
  // Nobody looks after it but us: it ends with us, however we end.
  const child = leash(started, args.at(-1) ?? '', ownHome)
  const pidFile = join(home, 'run', `${name}-2.pid`)
  writePidFile(pidFile, child.pid)
  const stop = async (): Promise<void> => {
    await child.stop()
    removePidFile(pidFile, child.pid)
  }
  const url = `http://127.0.0.1:${port}`
  const isReady = async () => child.hasEnded() || (await call(`${url}/readyz`).catch(() => undefined))?.status === 200
  if ((await until(isReady, READY_WITHIN_MS)) && !child.hasEnded()) return { pid: child.pid, url, stop }
  await stop()
  throw new Error(`the second ${name} was not ready within ${READY_WITHIN_MS} ms; see ${name}-2.log`)
}

/** A list as /proc writes it. */
const wordsOf = (file: string): string[] => readFileSync(file, 'utf8').split('\0').slice(0, -1)

const splitOnce = (text: string, separator: string): readonly [string, string] => {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}
