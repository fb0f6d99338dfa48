import { rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { writePrivateJson } from '@skald/servers'
import { exitCodes, type ServiceName } from '@skald/service'
import { type Backing, startBackingServers } from './backing-servers.ts'
import { seedCatalogue } from './catalogue.ts'
import type { Home } from './home.ts'
import type { Kept } from './keep-alive.ts'
import { endLeftovers } from './leftovers.ts'
import { boundLogs } from './log-files.ts'
import { say, write } from './say.ts'
import { checkPorts, migrateAll, startServices, waitUntilReady } from './service-processes.ts'
import type { Settings } from './settings.ts'
import { type StopSignal, stopSignal } from './stop-signal.ts'

export type SystemOptions = {
  readonly settings: Settings
  readonly home: Home
  readonly allInOne: boolean
  /** No service runs: its databases are restored, and repaired. */
  readonly serversOnly: boolean
}

const READY_WITHIN_MS = 120_000
const SETTLE_WITHIN_MS = 15_000

/** Starts everything, keeps it running until a signal comes, stops everything. Returns the exit code. */
export async function runSystem(options: SystemOptions): Promise<number> {
  const startedAt = performance.now()
  const running: Running = { services: [], backing: undefined }
  const stop = stopSignal()
  const unboundLogs = boundLogs(options.home)
  const starting = start(options, running, stop)
  try {
    await Promise.race([starting, stop.asked])
    if (!stop.signal.aborted) {
      writeTable(options, running, performance.now() - startedAt)
      await stop.asked
    }
    return stop.code()
  } catch (error) {
    say('dev', error instanceof Error ? error.message : String(error), 'bad')
    return exitCodes.failed
  } finally {
    // What was being started when the stop came must be stopped, too; an installation under way may take longer.
    const settled = starting.catch(() => undefined)
    await Promise.race([settled, wait(SETTLE_WITHIN_MS, undefined, { ref: false })])
    await stopAll(running)
    rmSync(options.home.access, { force: true })
    unboundLogs()
    stop.dispose()
  }
}

type Running = { services: Kept[]; backing: Backing | undefined }

async function start(
  { settings, home, allInOne, serversOnly }: SystemOptions,
  running: Running,
  stop: StopSignal,
): Promise<void> {
  const { signal } = stop
  await endLeftovers(home)
  await checkPorts(settings.services)
  signal.throwIfAborted()
  const backing = await startBackingServers(settings, home)
  running.backing = backing
  signal.throwIfAborted()
  writeAccess(home, backing)
  await migrateAll(settings, backing)
  signal.throwIfAborted()
  if (serversOnly) return
  const onHopeless = (name: string) => {
    say(name, `refuses its configuration; see ${home.logFile(name)}`, 'bad')
    stop.request(exitCodes.configuration)
  }
  await startServices({ settings, home, backing, allInOne, onHopeless }, (kept) => running.services.push(kept))
  await waitUntilReady(settings.services, READY_WITHIN_MS, signal)
  const portOf = (service: ServiceName) => settings.services.find(({ name }) => name === service)?.port
  const [inventory, order] = [portOf('inventory-service'), portOf('order-service')]
  if (inventory !== undefined && order !== undefined) await seedCatalogue(inventory, order)
}

/** The administrator's way to the embedded servers, for the person at this machine and for tests. */
function writeAccess(home: Home, { natsAdminUrl, postgresAdminUrl }: Backing): void {
  writePrivateJson(home.access, {
    ...(natsAdminUrl === undefined ? {} : { natsUrl: natsAdminUrl }),
    ...(postgresAdminUrl === undefined ? {} : { postgresUrl: postgresAdminUrl }),
  })
}

/** Those that use come before those that are used. */
async function stopAll({ services, backing }: Running): Promise<void> {
  const failures: unknown[] = []
  for (const group of [services, [backing?.nats, backing?.postgres]]) {
    const outcomes = await Promise.allSettled(group.map(async (kept) => kept?.stop()))
    for (const outcome of outcomes) if (outcome.status === 'rejected') failures.push(outcome.reason)
  }
  for (const failure of failures) say('dev', `a stop failed: ${String(failure)}`, 'bad')
}

function writeTable({ settings, serversOnly }: SystemOptions, { backing }: Running, tookMs: number): void {
  const { services, home } = settings
  const rows = [
    ...(serversOnly ? [] : services).flatMap(({ name, port }) => {
      const url = `http://127.0.0.1:${port}`
      return name === 'saga-coordinator'
        ? [
            [name, url, `API: ${url}/docs`],
            ['operator console', url, ''],
          ]
        : [[name, url, `API: ${url}/docs`]]
    }),
    ['nats', backing?.natsAdminUrl ? redacted(backing.natsAdminUrl) : 'given by NATS_URL', ''],
    ['postgres', backing?.postgresAdminUrl ? redacted(backing.postgresAdminUrl) : 'given by DATABASE_URL', ''],
    ['home', home, 'passwords of the servers: run/access.json'],
  ]
  write('')
  for (const [name = '', url = '', more = ''] of rows) write(`  ${name.padEnd(18)} ${url.padEnd(36)} ${more}`.trimEnd())
  write('')
  say('dev', `ready after ${(tookMs / 1000).toFixed(1)} s; Ctrl-C stops everything`, 'good')
}

function redacted(url: string): string {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
