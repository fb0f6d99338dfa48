import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '@skald/servers'
import { type ServiceName, serviceNames } from '@skald/service'
import { generateClient, schemas } from './prisma-cli.ts'
import { repository } from './repository.ts'

/** Generates the Prisma clients of the schemas that changed since the last time. */
export async function generateClients(): Promise<void> {
  await Promise.all(serviceNames.map(generateWhenStale))
}

async function generateWhenStale(service: ServiceName): Promise<void> {
  const dir = join(repository, 'prisma', schemas[service])
  const schema = readFileSync(join(dir, 'schema.prisma'), 'utf8')
  const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(schema)?.[1]
  if (output === undefined) return
  const stamp = join(dir, output, '.generated-from')
  const version = readFileSync(join(repository, 'node_modules', 'prisma', 'package.json'), 'utf8')
  const source = createHash('sha256').update(schema).update(version).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === source) return
  await generateClient(service)
  writeWhole(stamp, source)
}
