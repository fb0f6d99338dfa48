import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { orderTopology } from '@skald/nats'
import { withClient } from '@skald/servers'
import type { NatsConnection } from 'nats'
import type { SystemUnderTest } from './system-under-test.ts'

/** With what the servers keep what they have acknowledged; a figure without it cannot be compared with another one. */
export interface Durability {
  readonly postgresVersion: string
  readonly postgres: Readonly<Record<string, string>>
  readonly natsVersion: string
  readonly streamStorage: 'file'
  /** How often nats-server forces to disk what it has acknowledged: `always`, or its default of two minutes. */
  readonly natsSyncInterval: string
}

/** Where a system is. */
type Place = Pick<SystemUnderTest, 'home' | 'postgresUrl'>

/** A commit is on disk before it is answered, and is not held back to share its way there with others. */
const WANTED = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', commit_delay: '0' } as const

/** @throws naming the setting, when PostgreSQL or a stream would forget in a power cut what it has acknowledged. */
export const checkDurability = async (system: Place, nats: NatsConnection): Promise<Durability> => {
  if (isInMemory(system.home))
    throw new Error(`${system.home} lies in memory: set SKALD_HOME, or TMPDIR, to a folder on a disk`)
  const { version, ...postgres } = await readPostgres(system)
  const manager = await jetstreamManager(nats)
  for (const { name } of orderTopology().streams) {
    const { config } = await manager.streams.info(name)
    if (String(config.storage) !== 'file')
      throw new Error(
        `stream ${name} has storage ${config.storage}, but must have file: delete it, its keeper makes it anew`,
      )
  }
  return {
    postgresVersion: version ?? '',
    postgres,
    natsVersion: nats.info?.version ?? 'unknown',
    streamStorage: 'file',
    natsSyncInterval: syncIntervalOf(system.home),
  }
}

const readPostgres = ({ postgresUrl }: Place): Promise<Readonly<Record<string, string>>> =>
  withClient(postgresUrl, async (client) => {
    const names = Object.keys(WANTED)
    const { rows } = await client.query<{ name: string; setting: string }>(
      'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
      [[...names, 'server_version']],
    )
    const settings = new Map(rows.map(({ name, setting }) => [name, setting]))
    // A role or a database may have another setting than the server.
    const { rows: overrides } = await client.query<{ override: string }>(
      `SELECT entry AS override FROM pg_db_role_setting, unnest(setconfig) AS entry
       WHERE split_part(entry, '=', 1) = ANY ($1)`,
      [names],
    )
    for (const [name, wanted] of Object.entries(WANTED)) {
      const override = overrides.find((each) => each.override.startsWith(`${name}=`))?.override.slice(name.length + 1)
      const given = [settings.get(name), override].find((value) => value !== undefined && value !== wanted)
      if (given !== undefined)
        throw new Error(
          `PostgreSQL has ${name} = ${given}, but must have ${wanted}: figures without it say nothing; set it back`,
        )
    }
    return {
      ...Object.fromEntries(names.map((name) => [name, settings.get(name) ?? ''])),
      version: settings.get('server_version') ?? '',
    }
  })

/** What we have written into the configuration of the embedded server; the server itself does not tell. */
const syncIntervalOf = (home: string): string => {
  const file = join(home, 'data', 'nats', 'nats.conf')
  if (!existsSync(file)) return 'unknown'
  return /"sync_interval": "([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '2m'
}

const TMPFS = 0x01021994

/** A folder whose files are in memory: forcing them to disk costs nothing there, and keeps nothing. */
export const isInMemory = (folder: string): boolean => statfsSync(folder).type === TMPFS

export const durabilityLine = ({ postgresVersion, postgres, natsVersion, natsSyncInterval }: Durability): string => {
  const settings = Object.entries(postgres).map(([name, value]) => `${name} ${value}`)
  return `PostgreSQL ${postgresVersion} (${settings.join(', ')}), nats-server ${natsVersion} (streams on file, sync_interval ${natsSyncInterval})`
}
