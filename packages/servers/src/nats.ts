import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Child, describeEnding, startChild } from './child.ts'
import { leash } from './leash.ts'
import { type NatsUser, type NatsVersion, natsConfig, parseNatsVersion } from './nats-config.ts'
import { choosePort, type PortChoice } from './ports.ts'
import { writeWhole } from './private-file.ts'
import { endProcess, findProcesses } from './processes.ts'

export type NatsOptions = {
  /** The nats-server program, as `findNatsServer` gives it. */
  readonly program: string
  /** Holds the configuration file and JetStream's store. */
  readonly dir: string
  readonly logFile: string
  /** A free one when not given. A function is asked when whatever a killed predecessor left has ended. */
  readonly port?: PortChoice
  /** Nobody else is let in; an empty list lets in everybody on this machine. */
  readonly users?: readonly NatsUser[]
  /** True for a test's server: it ends when this process dies, however it dies, and its folder goes with it. */
  readonly throwAway?: boolean
}

export type RunningNats = Child & {
  readonly port: number
  readonly version: NatsVersion
  /** The connection URL, as the named user when one is given. */
  readonly url: (user?: string) => string
}

/** JetStream reads its streams before the server takes connections. */
const READY_WITHIN_MS = 60_000
const START_ATTEMPTS = 5

/** Starts nats-server with JetStream, reachable from this machine only, and resolves when it takes connections. */
export async function startNats(options: NatsOptions): Promise<RunningNats> {
  const { program, users = [], throwAway = false } = options
  const dir = resolve(options.dir)
  const configFile = join(dir, 'nats.conf')
  const version = parseNatsVersion(execFileSync(program, ['--version'], { encoding: 'utf8' }))
  // Two servers on one store would destroy it, and nats-server itself takes no lock.
  await endLeftover(configFile)
  // Parents first: the mode of a recursive call would close them, too, to PostgreSQL's account.
  mkdirSync(dirname(dir), { recursive: true })
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  for (let attempt = 1; ; attempt++) {
    const port = await choosePort(options.port)
    writeWhole(
      configFile,
      natsConfig({ port, storeDir: join(dir, 'store'), users, version, durable: !throwAway }),
      0o600,
    )
    const child = await launch(program, configFile, options.logFile)
    const outcome = await waitUntilReady(child, port)
    if (outcome === 'ready') {
      const kept = throwAway ? leash(child, configFile, dir) : child
      return { ...kept, port, version, url: (user) => natsUrl(port, users, user) }
    }
    await child.stop()
    if (attempt === START_ATTEMPTS)
      throw new Error(`nats-server did not start (${outcome}): ${lastWords(options.logFile)}`)
    await wait(attempt * 200)
  }
}

async function endLeftover(configFile: string): Promise<void> {
  for (const { pid } of findProcesses('nats-server', `-c ${configFile}`)) {
    await endProcess(pid, [
      ['SIGTERM', 10_000],
      ['SIGKILL', 5_000],
    ])
  }
}

function launch(program: string, configFile: string, logFile: string): Promise<Child> {
  return startChild({
    command: program,
    args: ['-c', configFile],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    logFile,
    stopSteps: [
      ['SIGTERM', 10_000],
      ['SIGKILL', 5_000],
    ],
  })
}

/** Resolves with "ready", or with why it is not. */
async function waitUntilReady(child: Child, port: number): Promise<string> {
  const giveUpAt = performance.now() + READY_WITHIN_MS
  for (;;) {
    const answers = await greets(port)
    if (child.hasEnded()) return describeEnding(await child.ended)
    if (answers) return 'ready'
    if (performance.now() > giveUpAt) return `not ready after ${READY_WITHIN_MS} ms`
    await wait(20)
  }
}

/** A NATS server speaks first: it sends its INFO line to whoever connects. */
function greets(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 2_000 })
    const answer = (yes: boolean) => {
      socket.destroy()
      done(yes)
    }
    socket.once('data', (chunk) => answer(chunk.toString('latin1').startsWith('INFO ')))
    socket.once('error', () => answer(false))
    socket.once('timeout', () => answer(false))
    socket.once('close', () => answer(false))
  })
}

function natsUrl(port: number, users: readonly NatsUser[], name: string | undefined): string {
  if (name === undefined) return `nats://127.0.0.1:${port}`
  const found = users.find(({ user }) => user === name)
  if (!found)
    throw new Error(`this nats-server has no user ${name}; it has ${users.map(({ user }) => user).join(', ')}`)
  return `nats://${encodeURIComponent(found.user)}:${encodeURIComponent(found.password)}@127.0.0.1:${port}`
}

function lastWords(logFile: string): string {
  const lines = existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n') : []
  return `${lines.slice(-3).join(' | ')} (see ${logFile})`
}
