import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createOwnedDatabase, isPortFree, listProcesses, migrate, startChild, until } from '@skald/servers'
import { exampleNames, type ServiceName, serviceSettings } from '@skald/service'
import { z } from 'zod'
import type { Backing } from './backing-servers.ts'
import type { Home } from './home.ts'
import { type Kept, keepAlive } from './keep-alive.ts'
import { schemas } from './prisma-cli.ts'
import { repository } from './repository.ts'
import { say } from './say.ts'
import type { ServiceSettings, Settings } from './settings.ts'

const HOME_MARK = '--skald-home='

/** Longer than a service's own deadline for its graceful stop, which ends it by itself. */
const STOP_WITHIN_MS = 20_000

const NODE_OPTIONS = [
  '--conditions=@skald/source',
  // A batch of 500 messages lives a few milliseconds; in the default 16 MiB of young space much of it would be copied.
  '--max-semi-space-size=64',
]

export type ServicesOptions = {
  readonly settings: Settings
  readonly home: Home
  readonly backing: Backing
  readonly allInOne: boolean
  readonly onHopeless: (name: string) => void
}

/** The database of a service: the given one, or its own on the embedded server, as the role that owns it. */
export function databaseUrl({ name, databaseUrl: given }: ServiceSettings, backing: Backing): string {
  if (given !== undefined) return given
  const url = new URL(backing.postgresAdminUrl ?? '')
  url.username = name
  url.password = backing.databasePassword(name)
  url.pathname = `/${serviceSettings[name].databaseName}`
  return url.href
}

/** Brings every database to the state that the code expects, creating those that are missing. */
export async function migrateAll(settings: Settings, backing: Backing): Promise<void> {
  await Promise.all(settings.services.map((service) => migrateOne(service, backing)))
}

async function migrateOne(service: ServiceSettings, backing: Backing): Promise<void> {
  const { databaseName } = serviceSettings[service.name]
  if (service.databaseUrl === undefined && backing.postgresAdminUrl !== undefined) {
    const password = backing.databasePassword(service.name)
    await createOwnedDatabase(backing.postgresAdminUrl, { database: databaseName, owner: service.name, password })
  }
  const migrations = join(repository, 'prisma', schemas[service.name], 'migrations')
  const url = databaseUrl(service, backing)
  const applied = await migrate(url, migrations).catch((cause: unknown) => {
    throw service.databaseUrl === undefined ? cause : notPrepared(service.name, url, cause)
  })
  if (applied.length > 0) say('postgres', `${databaseName}: ${applied.length} migrations applied`)
}

/** Of a server that was given to us. Names the place without the URL, which holds a password. */
function notPrepared(name: ServiceName, url: string, cause: unknown): Error {
  const { host, pathname } = new URL(url)
  const why = cause instanceof Error ? cause.message : String(cause)
  const { databaseUrlVariable } = serviceSettings[name]
  const fix = `start that server, mend DATABASE_URL or ${databaseUrlVariable}, or leave both out to have one started`
  return new Error(`database ${pathname.slice(1)} at ${host} cannot be prepared (${why}): ${fix}`, { cause })
}

/** Throws, naming each, when other programs listen where the services should. */
export async function checkPorts(services: readonly ServiceSettings[]): Promise<void> {
  const free = await Promise.all(services.map(({ port }) => isPortFree(port)))
  const taken = services.filter((_, index) => !free[index])
  if (taken.length === 0) return
  const lines = taken.map(
    ({ name, port }) => `  port ${port} of ${name}: set ${serviceSettings[name].portVariable} to a free one`,
  )
  const others = listProcesses()
    .filter(({ commandLine }) => commandLine.includes(HOME_MARK))
    .map(({ pid, commandLine }) => `  process ${pid} may be one of them: ${commandLine}`)
  throw new Error(`other programs have the ports of our services:\n${[...lines, ...others].join('\n')}`)
}

/** Starts all services at once. Each is handed over when it runs, so that those can be stopped if another one fails. */
export async function startServices(options: ServicesOptions, started: (kept: Kept) => void): Promise<void> {
  const { services } = options.settings
  const together = options.allInOne ? services.filter(({ name }) => !isExample(name)) : []
  const processes = services.filter((service) => !together.includes(service)).map((service) => [service])
  if (together.length > 0) processes.push(together)
  const outcomes = await Promise.allSettled(
    processes.map(async (hosted) => {
      const [only, ...others] = hosted
      started(await keepProcess(options, only && others.length === 0 ? only.name : 'all-in-one', hosted))
    }),
  )
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

const isExample = (name: ServiceName): boolean => exampleNames.some((example) => example === name)

function keepProcess(options: ServicesOptions, name: string, hosted: readonly ServiceSettings[]): Promise<Kept> {
  const { home, backing, onHopeless } = options
  const main = mainOf(name)
  const start = () =>
    startChild({
      command: process.execPath,
      // The last argument is for `ps`, and for the next start, which finds by it what we leave if we are killed.
      args: [...NODE_OPTIONS, main, homeMark(home)],
      cwd: repository,
      env: { ...process.env, ...environmentOf(hosted, home, backing) },
      logFile: home.logFile(name),
      stopSteps: [
        ['SIGTERM', STOP_WITHIN_MS],
        ['SIGKILL', 5_000],
      ],
    })
  const pidFiles = hosted.map((service) => home.pidFile(service.name))
  return keepAlive({ name, pidFiles, start, onHopeless: () => onHopeless(name) })
}

function mainOf(name: string): string {
  const main = name === 'all-in-one' ? join('scripts', 'all-in-one.ts') : join('services', name, 'src', 'main.ts')
  if (!existsSync(join(repository, main))) throw new Error(`${main} is missing`)
  return main
}

/** What marks a process as one of this installation, wherever its number is lost. */
export function homeMark(home: Home): string {
  return `${HOME_MARK}${home.dir}`
}

function environmentOf(hosted: readonly ServiceSettings[], home: Home, backing: Backing): Record<string, string> {
  const isKeeper = hosted.some(({ name }) => name === 'saga-coordinator')
  const [only, ...others] = hosted
  // A process of several services speaks for all of them.
  const natsUrl = only && others.length === 0 ? backing.natsUrl(only.name) : backing.natsAdminUrl
  return {
    SKALD_HOME: home.dir,
    ...(natsUrl === undefined ? {} : { NATS_URL: natsUrl }),
    ...(backing.natsAdminUrl !== undefined && isKeeper ? { NATS_ADMIN_URL: backing.natsAdminUrl } : {}),
    ...Object.fromEntries(
      hosted.map((service) => [serviceSettings[service.name].databaseUrlVariable, databaseUrl(service, backing)]),
    ),
  }
}

/** Longer than a start takes on a slow machine; then whoever waits is told for what. */
const TELL_AFTER_MS = 10_000

/** Resolves when every service says it is ready; throws with the reasons of those that are not in time. */
export async function waitUntilReady(
  services: readonly ServiceSettings[],
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const reasons = new Map<ServiceName, string>()
  const isReady = async ({ name, port }: ServiceSettings) => {
    const reason = await reasonNotReady(port)
    if (reason === undefined) reasons.delete(name)
    else reasons.set(name, reason)
    return reason === undefined
  }
  const telling = setTimeout(() => {
    for (const [name, reason] of reasons) say(name, `not ready yet: ${reason}`, 'note')
  }, TELL_AFTER_MS)
  await Promise.all(services.map((service) => until(() => signal.aborted || isReady(service), deadlineMs)))
  clearTimeout(telling)
  signal.throwIfAborted()
  if (reasons.size === 0) return
  const lines = [...reasons].map(([name, reason]) => `  ${name}: ${reason}`)
  throw new Error(`not ready after ${deadlineMs / 1000} s:\n${lines.join('\n')}`)
}

const readiness = z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })) })

/** Why a service is not ready, in its own words; undefined when it is. */
async function reasonNotReady(port: number): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(5_000) })
    if (response.ok) return undefined
    const { checks } = readiness.parse(await response.json())
    const failing = checks.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`)
    return failing.join('; ') || `${response.status}`
  } catch (error) {
    return `no answer (${error instanceof Error ? error.message : String(error)})`
  }
}
