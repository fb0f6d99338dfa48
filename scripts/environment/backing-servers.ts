import { join } from 'node:path'
import { orderTopology, permissionsOf } from '@skald/nats'
import { findNatsServer, type NatsUser, startNats, startPostgres } from '@skald/servers'
import type { ServiceName } from '@skald/service'
import type { Home } from './home.ts'
import { type Kept, keepAlive } from './keep-alive.ts'
import { openRemembered, type Remembered } from './remembered.ts'
import { say } from './say.ts'
import type { Settings } from './settings.ts'

export type Backing = {
  /** Undefined for a server that was given to us. */
  readonly nats: Kept | undefined
  readonly postgres: Kept | undefined
  /** As each service, with the least rights it needs; the given URL for all when the server was given. */
  readonly natsUrl: (service: ServiceName) => string
  /** Of the embedded servers only. */
  readonly natsAdminUrl: string | undefined
  readonly postgresAdminUrl: string | undefined
  /** The password of a service's role on the embedded PostgreSQL. */
  readonly databasePassword: (service: ServiceName) => string
}

/** The broker's keeper of streams and consumers. */
const ADMIN = 'admin'

/** Starts the servers that were not given, both at once, and keeps them alive. */
export async function startBackingServers(settings: Settings, home: Home): Promise<Backing> {
  const memory = openRemembered(home.remembered)
  const needsPostgres = settings.services.some(({ databaseUrl }) => databaseUrl === undefined)
  const [nats, postgres] = await Promise.allSettled([
    settings.servers.natsUrl === undefined ? keepNats(settings, home, memory) : undefined,
    needsPostgres ? keepPostgres(settings, home, memory) : undefined,
  ])
  if (nats.status === 'rejected' || postgres.status === 'rejected') {
    // The other one may run: nothing is left behind by a start that failed.
    if (nats.status === 'fulfilled') await nats.value?.kept.stop()
    if (postgres.status === 'fulfilled') await postgres.value?.kept.stop()
    throw nats.status === 'rejected' ? nats.reason : (postgres as PromiseRejectedResult).reason
  }
  const given = settings.servers.natsUrl ?? ''
  return {
    nats: nats.value?.kept,
    postgres: postgres.value?.kept,
    natsUrl: (service) => nats.value?.url(service) ?? given,
    natsAdminUrl: nats.value?.url(ADMIN),
    postgresAdminUrl: postgres.value?.url,
    databasePassword: (service) => memory.password(`postgres ${service}`),
  }
}

async function keepNats(settings: Settings, home: Home, memory: Remembered) {
  const name = 'nats'
  const program = await findNatsServer({ binDir: home.bin, log: (line) => say(name, line, 'note') })
  const port = chosenOnce(() => memory.port(name, 'NATS_PORT', settings.servers.natsPort))
  const topology = orderTopology({ participants: settings.participants })
  const users = [ADMIN, ...settings.services.map((service) => service.name)].map(
    (user): NatsUser => ({
      user,
      password: memory.password(`nats ${user}`),
      ...(user !== ADMIN && { permissions: permissionsOf(topology, user) }),
    }),
  )
  const options = { program, dir: join(home.data, name), logFile: home.logFile(name), port, users }
  const kept = await keepAlive({
    name,
    pidFiles: [home.pidFile(name)],
    start: () => startNats(options),
    onHopeless: () => undefined,
  })
  const address = `127.0.0.1:${await port()}`
  const url = (user: string) => `nats://${user}:${memory.password(`nats ${user}`)}@${address}`
  return { kept, url }
}

async function keepPostgres(settings: Settings, home: Home, memory: Remembered) {
  const name = 'postgres'
  const port = chosenOnce(() => memory.port(name, 'POSTGRES_PORT', settings.servers.postgresPort))
  const password = memory.password('postgres')
  const dir = join(home.data, name)
  const kept = await keepAlive({
    name,
    pidFiles: [home.pidFile(name)],
    start: async () => {
      const own = settings.servers.postgresSettings ?? {}
      const server = await startPostgres({ dir, logFile: home.logFile(name), port, password, settings: own })
      if (server.dir !== dir) say(name, `its data live in ${server.dir}: its account cannot enter ${dir}`, 'note')
      return server
    },
    onHopeless: () => undefined,
  })
  return { kept, url: `postgresql://postgres:${password}@127.0.0.1:${await port()}/postgres` }
}

/** The same port for every restart: the services were told it. */
function chosenOnce(choose: () => Promise<number>): () => Promise<number> {
  let chosen: Promise<number> | undefined
  return () => {
    chosen ??= choose()
    return chosen
  }
}
