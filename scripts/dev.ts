import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { takeLock } from '@skald/servers'
import { ConfigError, exitCodes, unknownVariables } from '@skald/service'
import { homeAt, makeHome } from './environment/home.ts'
import { outliveReader, say, write } from './environment/say.ts'
import { readSettings, type Settings } from './environment/settings.ts'
import { runSystem } from './environment/system.ts'

const HELP = `Usage: ./scripts/dev [--examples] [--all-in-one | --servers]

Starts PostgreSQL, NATS and the four services, keeps them running, and stops them at Ctrl-C.

  --examples     trip-service, too, and the saga of trips: a second example, see docs/tutorial.md
  --all-in-one   one process for all four services instead of one each
  --servers      PostgreSQL and NATS alone: to restore backups and repair them before a service runs, see docs/restore.md
  --help         this text

Configured by environment variables; .env.example lists them. Data and logs are kept in SKALD_HOME (.skald).`

async function main(): Promise<number> {
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({ options: { 'all-in-one': flag, examples: flag, servers: flag, help: flag } })
  if (values.help) {
    write(HELP)
    return exitCodes.ok
  }
  // What is set already wins over the file.
  if (existsSync('.env')) process.loadEnvFile('.env')
  // Every process must know of the participant: the one that makes streams, the coordinator, and itself.
  if (values.examples) process.env['SKALD_PARTICIPANTS'] = withTrip(process.env['SKALD_PARTICIPANTS'])
  const settings = readSettings(process.env)
  for (const name of unknownVariables(process.env)) {
    say('dev', `${name} is set, but nothing reads it; .env.example has every variable`, 'note')
  }
  const home = homeAt(settings.home)
  makeHome(home)
  const lock = takeLock(home.lock)
  if (!lock.held) {
    sayAlreadyRunning(settings, lock.pid)
    return exitCodes.failed
  }
  try {
    return await runSystem({
      settings,
      home,
      allInOne: values['all-in-one'] === true,
      serversOnly: values.servers === true,
    })
  } finally {
    lock.release()
  }
}

const withTrip = (participants = ''): string =>
  [...new Set([...participants.split(',').filter((family) => family !== ''), 'trip'])].join(',')

function sayAlreadyRunning({ home, services }: Settings, pid: number): void {
  say('dev', `already running on ${home} as process ${pid}; stop it with Ctrl-C there, or: kill ${pid}`, 'bad')
  for (const { name, port } of services) say(name, `http://127.0.0.1:${port}`)
}

outliveReader()
try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof ConfigError ? exitCodes.configuration : exitCodes.failed
}
// Whatever is still under way, such as an installation, is not waited for.
process.exit()
