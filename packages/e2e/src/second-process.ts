import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, leash, removePidFile, startChild, until, writePidFile } from '@skald/servers'
import { lastLines, repository } from './dev-process.ts'
import { portVariables } from './dev-run.ts'
import { call } from './http.ts'
import { choosePorts } from './ports.ts'
import { pidOf, type ServiceProcess } from './processes.ts'

/** Another process of a service, beside the one that `dev` keeps alive. It must be ended before the system. */
export interface AnotherProcess extends Child {
  readonly url: string
}

/** With what `dev` started its process of a service. */
export interface First {
  readonly home: string
  readonly name: ServiceProcess
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const READY_WITHIN_MS = 60_000

/** Read from /proc, so the process must be alive; what is read serves for any number of others. */
export const firstOf = (home: string, name: ServiceProcess): First => {
  const first = `/proc/${pidOf(home, name)}`
  const [command = '', ...args] = wordsOf(`${first}/cmdline`)
  const env = Object.fromEntries(wordsOf(`${first}/environ`).map((entry) => splitOnce(entry, '=')))
  return { home, name, command, args, env }
}

/**
 * Starts another process of a service on the same streams and the same database, as one who scales out does: with the
 * first one's own command line and environment, but for the port; from another checkout, when one is given. Its number is
 * in `run/<name>-<ordinal>.pid` of the system. It may not be ready yet.
 */
export const startAnother = async (
  { home, name, command, args, env }: First,
  ordinal: number,
  checkout = repository,
): Promise<AnotherProcess> => {
  const [port] = await choosePorts(1)
  const own = `${name}-${ordinal}`
  const ownHome = join(home, own)
  const started = await startChild({
    command,
    args,
    cwd: checkout,
    // In the first one's home it would write its number over the first one's.
    env: { ...env, [portVariables[name]]: String(port), SKALD_HOME: ownHome },
    logFile: join(home, 'logs', `${own}.log`),
    stopSteps: [
      ['SIGTERM', 20_000],
      ['SIGKILL', 5_000],
    ],
  })
  // Nobody looks after it but us: it ends with us, however we end.
  const child = leash(started, args.at(-1) ?? '', ownHome)
  const pidFile = join(home, 'run', `${own}.pid`)
  writePidFile(pidFile, child.pid)
  const stop = async (): Promise<void> => {
    await child.stop()
    removePidFile(pidFile, child.pid)
  }
  return { ...child, stop, url: `http://127.0.0.1:${port}` }
}

/** Starts a second process of a service, from another checkout when one is given, and waits until it is ready. */
export const startSecond = async (home: string, name: ServiceProcess, checkout?: string): Promise<AnotherProcess> => {
  const second = await startAnother(firstOf(home, name), 2, checkout)
  const isReady = async () =>
    second.hasEnded() || (await call(`${second.url}/readyz`).catch(() => undefined))?.status === 200
  if ((await until(isReady, READY_WITHIN_MS)) && !second.hasEnded()) return second
  await second.stop()
  const why = second.hasEnded() ? 'ended at once' : `was not ready within ${READY_WITHIN_MS} ms`
  throw new Error(`the second ${name} ${why}\n${lastLines(join(home, 'logs', `${name}-2.log`))}`)
}

/** A list as /proc writes it. */
const wordsOf = (file: string): string[] => readFileSync(file, 'utf8').split('\0').slice(0, -1)

const splitOnce = (text: string, separator: string): readonly [string, string] => {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}
