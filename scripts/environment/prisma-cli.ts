import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type ServiceName, serviceSettings } from '@skald/service'
import { repository } from './repository.ts'

/** The folder below prisma/ of each service; those of examples hold migrations alone. */
export const schemas: Readonly<Record<ServiceName, string>> = {
  'order-service': 'order',
  'payment-service': 'payment',
  'inventory-service': 'inventory',
  'saga-coordinator': 'saga',
  'trip-service': 'trip',
}

/** What the migrations of a service lack to make the database that its schema describes; undefined when nothing. */
export async function missingMigration(service: ServiceName, databaseUrl: string): Promise<string | undefined> {
  const dir = join('prisma', schemas[service])
  const { stdout } = await prisma(service, databaseUrl, [
    'migrate',
    'diff',
    '--from-migrations',
    join(dir, 'migrations'),
    '--to-schema',
    join(dir, 'schema.prisma'),
    '--script',
  ])
  const sql = stdout.trim()
  return sql === '' || sql === '-- This is an empty migration.' ? undefined : `${sql}\n`
}

/** Generates the client of a service's schema. */
export async function generateClient(service: ServiceName): Promise<void> {
  await prisma(service, undefined, ['generate'])
}

function prisma(service: ServiceName, databaseUrl: string | undefined, args: readonly string[]) {
  const config = ['--config', join('prisma', schemas[service], 'prisma.config.ts')]
  const url = databaseUrl === undefined ? {} : { [serviceSettings[service].databaseUrlVariable]: databaseUrl }
  return promisify(execFile)(join(repository, 'scripts', 'prisma'), [...args, ...config], {
    cwd: repository,
    env: { ...process.env, ...url, NO_COLOR: '1' },
  })
}
