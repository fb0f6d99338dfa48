import { existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type System, startSystem } from '@skald/e2e'
import { withClient } from '@skald/servers'
import { type Api, allReady, apiAt } from '../event-flow/api.ts'
import { urlsOf } from '../verification/databases.ts'
import { isInMemory } from './durability.ts'
import { say } from './progress.ts'

export type Form = 'four processes' | 'all in one' | 'running'

/** A system that can be measured: where its doors are, and where its processes left their numbers. */
export interface SystemUnderTest {
  readonly form: Form
  readonly home: string
  readonly urls: Api
  readonly natsUrl: string
  /** The administrator's. */
  readonly postgresUrl: string
  readonly databaseUrls: Readonly<Record<'order' | 'payment' | 'inventory' | 'saga', string>>
  /** What only who started it may do; undefined for one that ran already. */
  readonly own: System | undefined
  readonly stop: () => Promise<void>
}

/** Counts the statements; BEGIN and COMMIT are told by the commits. */
const POSTGRES_SETTINGS =
  'shared_preload_libraries=pg_stat_statements pg_stat_statements.track_utility=off pg_stat_statements.save=off'

/** A system of our own, in a temporary folder and on free ports. `stop` removes it. */
export const startOwn = async (
  form: 'four processes' | 'all in one',
  signal: AbortSignal,
): Promise<SystemUnderTest> => {
  // On many machines the temporary folder lies in memory, where a commit costs nothing.
  if (isInMemory(tmpdir())) process.env['TMPDIR'] = '/var/tmp'
  say(`starting a system of its own in ${tmpdir()}: ${form}`)
  const system = await startSystem({ env: { POSTGRES_SETTINGS }, allInOne: form === 'all in one', signal })
  const { natsUrl, postgresUrl } = system.access()
  const strayFolder = await strayFolderOf(postgresUrl, system.home)
  return {
    form,
    home: system.home,
    urls: system.urls,
    natsUrl,
    postgresUrl,
    databaseUrls: urlsOf({ SKALD_HOME: system.home }),
    own: system,
    async stop() {
      say(`stopping the system: ${form}`)
      await system.stop()
      if (strayFolder !== undefined) rmSync(strayFolder, { recursive: true, force: true })
    },
  }
}

/** As root, PostgreSQL runs as another account; where that one cannot enter the home, its data lie elsewhere. */
const strayFolderOf = (postgresUrl: string, home: string): Promise<string | undefined> =>
  withClient(postgresUrl, async (client) => {
    const { rows } = await client.query<{ cluster: string }>(`SELECT current_setting('data_directory') AS cluster`)
    const folder = dirname(rows[0]?.cluster ?? '')
    return basename(folder).startsWith('skald-') && !folder.startsWith(home) ? folder : undefined
  })

/** The system that ./scripts/dev runs, or another one that the environment leads to. */
export const findRunning = async (env: Readonly<Record<string, string | undefined>>): Promise<SystemUnderTest> => {
  const urls = apiAt(env)
  if (!(await allReady(urls))) {
    const asked = Object.values(urls).join(', ')
    throw new Error(
      `--running: not all four services are ready (asked ${asked}); start ./scripts/dev in another terminal, or leave out --running`,
    )
  }
  const home = resolve(env['SKALD_HOME'] || '.skald')
  if (!existsSync(join(home, 'run'))) {
    throw new Error(`--running: SKALD_HOME ${home} has no folder run; set SKALD_HOME to that of the system that runs`)
  }
  const natsUrl = env['NATS_URL'] || accessOf(home, 'natsUrl')
  const postgresUrl = env['DATABASE_URL'] || accessOf(home, 'postgresUrl')
  if (natsUrl === undefined) throw new Error('--running: where the broker is is not known; set NATS_URL')
  if (postgresUrl === undefined) throw new Error('--running: where PostgreSQL is is not known; set DATABASE_URL')
  const databaseUrls = urlsOf({ ...env, SKALD_HOME: home })
  return {
    form: 'running',
    home,
    urls,
    natsUrl,
    postgresUrl,
    databaseUrls,
    own: undefined,
    stop: async () => undefined,
  }
}

const accessOf = (home: string, name: 'natsUrl' | 'postgresUrl'): string | undefined => {
  const file = join(home, 'run', 'access.json')
  if (!existsSync(file)) return undefined
  const access: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const url: unknown = typeof access === 'object' && access !== null ? Reflect.get(access, name) : undefined
  return typeof url === 'string' ? url : undefined
}
