import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { orderTopology } from '@skald/nats'
import { startPostgres, withClient } from '@skald/servers'
import {
  documentedVariables,
  loadConfig,
  serviceConfig,
  serviceNames,
  serviceSettings,
  topologyConfig,
} from '@skald/service'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { repository } from './environment/repository.ts'
import { natsConf, passwordVariable } from './generate-nats-conf.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')

const container = z.looseObject({
  image: z.string().optional(),
  command: z.array(z.string()).default([]),
  build: z
    .looseObject({
      context: z.string(),
      dockerfile: z.string(),
      target: z.string(),
      args: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
})
const compose = z
  .looseObject({ services: z.record(z.string(), container), volumes: z.record(z.string(), z.null()) })
  .parse(parse(read('infra/compose.yaml'), { merge: true }))

const dockerfile = read('infra/Dockerfile')

/** The passwords that infra/make-passwords writes, read as compose reads them. */
async function madePasswords(): Promise<Record<string, string>> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-infra-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  cpSync(join(repository, 'infra', 'make-passwords'), join(dir, 'make-passwords'))
  await promisify(execFile)(join(dir, 'make-passwords'))
  const lines = readFileSync(join(dir, '.env'), 'utf8').trim().split('\n')
  return Object.fromEntries(lines.map((line) => line.split('=')))
}

/** `${NAME}`, `${NAME:-default}` and `${NAME:?message}`, as compose fills them in. */
function filledIn(text: string, values: Record<string, string>): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?(?::\?[^}]*)?\}/g, (_, name: string, fallback?: string) => {
    const value = values[name] ?? fallback
    if (value === undefined) throw new Error(`nobody sets ${name}`)
    return value
  })
}

function serviceOf(name: string) {
  const found = compose.services[name]
  if (!found) throw new Error(`compose.yaml has no ${name}`)
  return found
}

test('compose runs the four services, what they rest on, and nothing else', () => {
  expect(Object.keys(compose.services).toSorted()).toEqual([...serviceNames, 'migrate', 'nats', 'postgres'].toSorted())
})

test.each(serviceNames)('%s is configured as its code expects', async (name) => {
  const passwords = await madePasswords()
  const { environment } = serviceOf(name)
  const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filledIn(value, passwords)]))
  const known = documentedVariables().map((variable) => variable.name)
  expect(Object.keys(env).filter((key) => !known.includes(key))).toEqual([])

  const config = loadConfig([...serviceConfig(name), topologyConfig], env)
  const { defaultPort, databaseName } = serviceSettings[name]
  expect(config.httpPort).toBe(defaultPort)
  const database = new URL(config.databaseUrl)
  expect([database.hostname, database.username, database.pathname]).toEqual(['postgres', name, `/${databaseName}`])
  const nats = new URL(config.natsUrl)
  expect([nats.hostname, nats.username, nats.password]).toEqual(['nats', name, passwords[passwordVariable(name)]])
})

test('only the saga coordinator may make streams', () => {
  const keepers = Object.entries(compose.services).filter(([, { environment }]) => 'NATS_ADMIN_URL' in environment)
  expect(keepers.map(([name]) => name)).toEqual(['saga-coordinator'])
})

test.each(serviceNames)('%s is served on this machine only, and asked there whether it is ready', (name) => {
  const { ports, healthcheck, build, depends_on: needs } = serviceOf(name)
  const port = serviceSettings[name].defaultPort
  expect(ports).toEqual([`127.0.0.1:${port}:${port}`])
  expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`)
  expect(build?.args?.['SERVICE']).toBe(name)
  expect(needs).toEqual({
    nats: { condition: 'service_healthy' },
    migrate: { condition: 'service_completed_successfully' },
  })
})

test('the broker and the database publish no port, are checked, and keep their data in volumes', () => {
  for (const name of ['nats', 'postgres']) {
    const { ports, healthcheck, volumes } = serviceOf(name)
    expect(ports).toEqual([])
    expect(healthcheck?.test.length).toBeGreaterThan(0)
    const named = volumes.map((volume) => volume.split(':')[0] ?? '').filter((source) => !source.startsWith('.'))
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(named))
    for (const source of volumes.map((volume) => volume.split(':')[0] ?? '').filter((path) => path.startsWith('.'))) {
      expect(existsSync(join(repository, 'infra', source)), source).toBe(true)
    }
  }
})

test('every password that compose asks for is written by make-passwords, and begins with a letter', async () => {
  const asked = [...read('infra/compose.yaml').matchAll(/\$\{(\w+):\?/g)].map((match) => match[1] ?? '')
  const passwords = await madePasswords()
  expect(Object.keys(passwords).toSorted()).toEqual([...new Set(asked)].toSorted())
  for (const password of Object.values(passwords)) expect(password).toMatch(/^[a-z][0-9a-f]{48}$/)
})

test('each service has a role and a database in PostgreSQL', () => {
  const script = read('infra/postgres/make-databases.sh')
  for (const name of serviceNames) {
    const variable = serviceSettings[name].databaseUrlVariable.replace('_URL', '_PASSWORD')
    expect(script).toContain(`make_database ${name} ${serviceSettings[name].databaseName} "$${variable}"`)
  }
})

test('PostgreSQL has the settings in its container with which everything was measured', async () => {
  const settings = serviceOf('postgres').command.filter((word) => word.includes('='))
  expect(settings).toContain('autovacuum_naptime=10s')
  const dir = mkdtempSync(join(tmpdir(), 'skald-infra-'))
  // The servers of tests are not durable: the one setting of that kind is given here.
  const durable = { synchronous_commit: 'on' }
  const server = await startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true, settings: durable })
  onTestFinished(() => server.stop())
  const inUse = await withClient(server.url('postgres'), async (client) => {
    const { rows } = await client.query<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM pg_settings',
    )
    return rows.map(({ name, value }) => `${name}=${value}`)
  })
  expect(inUse).toEqual(expect.arrayContaining(settings))
})

test('nats.conf is what the topology gives', () => {
  expect(read('infra/nats/nats.conf')).toBe(natsConf(orderTopology()))
})

test('the Dockerfile names stages, versions and files that exist', () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\w+)$/gm)].map(([, image, name]) => ({ image, name }))
  expect(stages.map(({ name }) => name)).toEqual(['build', 'service', 'migrate'])
  const major = read('.nvmrc').split('.')[0]
  for (const { image } of stages) expect(image).toBe(`node:${major}-slim`)
  for (const [, from] of dockerfile.matchAll(/--from=(\w+)/g)) expect(from).toBe('build')
  const { packageManager } = z.looseObject({ packageManager: z.string() }).parse(JSON.parse(read('package.json')))
  expect(dockerfile).toContain(`npm install --global ${packageManager}\n`)
  for (const name of serviceNames) {
    expect(dockerfile.split(`services/${name}`)).toHaveLength(2)
    expect(existsSync(join(repository, 'services', name, 'src', 'main.ts'))).toBe(true)
  }
  const targets = Object.values(compose.services).flatMap(({ build }) => build?.target ?? [])
  expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(targets))
})

test('the command of the migrating image brings four empty databases up to date', async () => {
  const command = z
    .array(z.string())
    .parse(JSON.parse(/^CMD (\["node", "dist\/migrate-main.*)$/m.exec(dockerfile)?.[1] ?? ''))
  const dir = mkdtempSync(join(tmpdir(), 'skald-infra-'))
  const server = await startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true })
  onTestFinished(() => server.stop())
  const env = Object.fromEntries(
    serviceNames.map((name) => [
      serviceSettings[name].databaseUrlVariable,
      server.url(serviceSettings[name].databaseName),
    ]),
  )
  expect(Object.keys(serviceOf('migrate').environment).toSorted()).toEqual(Object.keys(env).toSorted())
  const args = command.slice(2)
  const main = join('packages', 'servers', 'src', 'migrate-main.ts')
  const run = () => promisify(execFile)(process.execPath, [main, ...args], { cwd: repository, env })
  expect((await run()).stdout).not.toContain('nothing to do')
  expect((await run()).stdout.trim().split('\n')).toEqual(args.map((arg) => `${arg.split('=')[0]}: nothing to do`))
})
