import { randomUUID } from 'node:crypto'
import { createPostgresStore, type Database, openDatabase } from '@skald/database'
import type { Clock, Processor } from '@skald/messaging'
import { dial, type Keeper, keepTopology, type OpenBus, openBus, orderTopology, type Topology } from '@skald/nats'
import {
  type AnyConfigPart,
  buildHttp,
  type CommonConfig,
  type ConfigOf,
  createMetrics,
  type DatabaseConfig,
  type Health,
  type HttpConfig,
  listen,
  type StartContext,
  type TopologyConfig,
} from '@skald/service'
import { keepInboxPartitions } from './inbox-partitions.ts'
import { observerOf, reportOf } from './observe.ts'
import { processorOf } from './processor-of.ts'
import type { App, Platform, Service } from './service.ts'

/** Less than the stop deadline of a process, so that connections can still be closed in order. */
const FINISH_MS = 6_000

const clock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, then) {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Configuration that every service has. */
type BaseConfig = CommonConfig & HttpConfig & DatabaseConfig & Partial<TopologyConfig>

export interface HostOptions {
  /** False for a second service in one process. */
  readonly processMetrics: boolean
}

/** Starts a service in this process. Whatever it opens is closed in reverse order when the process stops. */
export const host = async <Parts extends readonly AnyConfigPart[]>(
  service: Service<Parts>,
  { config, logger, health, onStop }: StartContext<ConfigOf<Parts>>,
  options: HostOptions,
): Promise<void> => {
  const { databaseUrl, natsUrl, natsAdminUrl, httpHost, httpPort, participants } = config as BaseConfig
  const topology = orderTopology({ participants })
  const metrics = createMetrics(service.name, { processMetrics: options.processMetrics })
  const { name } = service
  const database = openDatabase({
    url: databaseUrl,
    applicationName: name,
    onConnectionLost: (err) => logger.warn({ err }, 'a database connection was lost'),
  })
  onStop('database', () => database.close())
  const report = reportOf(logger)
  const keeping = { url: natsAdminUrl ?? natsUrl, name: `${name}-keeper`, report }
  if (service.keepsTopology) keepInBackground(keeping, topology, onStop)
  const broker = openBus({ url: natsUrl, name, report }, { topology, watched: service.watches(config) })
  onStop('nats', () => broker.close())
  const http = await buildHttp({ service: name, metrics, health, logger })

  const store = createPostgresStore(database)
  const platform: Platform = {
    store,
    bus: broker.bus,
    pool: database.pool,
    databaseUrl,
    http,
    logger,
    metrics,
    clock,
    random: randomUUID,
    submit: (handler, message) => processor.submit(handler, message),
  }
  const app = await service.build(platform, config)
  const processor = processorOf(name, platform, app, observerOf(platform, app.handled ?? (() => undefined)))
  if (!app.inbox) onStop('inbox partitions', keepInboxPartitions(database.pool, clock, logger))
  await begin(processor, app, { onStop })
  addChecks(health, { database, broker, processor })
  await listen(http, { httpHost, httpPort })
  onStop('http', () => http.close())
}

type Connecting = Parameters<typeof dial>[0]

/** Keeps streams and durables standing, from the first connection on. */
const keepInBackground = (
  connecting: Connecting,
  topology: Topology,
  onStop: StartContext<unknown>['onStop'],
): void => {
  let keeper: Keeper | undefined
  const admin = dial(connecting, (connection) => {
    keeper = keepTopology(connection, topology)
  })
  onStop('topology keeper', async () => {
    await keeper?.stop()
    await admin.close()
  })
}

const begin = async (processor: Processor, app: App, { onStop }: Pick<StartContext<unknown>, 'onStop'>) => {
  processor.start()
  onStop('processor', async () => {
    await app.stopping?.()
    await processor.stop(FINISH_MS)
  })
  await app.started?.(processor)
}

interface Checked {
  readonly database: Database
  readonly broker: OpenBus
  readonly processor: Processor
}

const addChecks = (health: Health, { database, broker, processor }: Checked): void => {
  health.add('database', async () => {
    await database.ping()
    return { ok: true }
  })
  health.add('nats', () => {
    const trouble = broker.trouble()
    return trouble === undefined ? { ok: true } : { ok: false, detail: trouble }
  })
  health.add('consumers', () => {
    const trouble = [...processor.trouble()].map(([durable, reason]) => `${durable} is paused: ${reason}`)
    return trouble.length === 0 ? { ok: true } : { ok: false, detail: trouble.join('; ') }
  })
}
