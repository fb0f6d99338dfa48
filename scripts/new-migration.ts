import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres, writeWhole } from '@skald/servers'
import { type ServiceName, serviceNames } from '@skald/service'
import { generateClients } from './environment/generate-clients.ts'
import { missingMigration, schemas } from './environment/prisma-cli.ts'
import { repository } from './environment/repository.ts'

const HELP = `Usage: ./scripts/new-migration <service> <name>

Compares prisma/<service>/schema.prisma with the migrations beside it, in a database made for the purpose, and writes
the migration that is missing. Read it, and change it where needed, before you commit it.

  service   ${Object.values(schemas).join(', ')}
  name      what it does, in small letters and _, for example add_order_reason`

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { help: { type: 'boolean' } } })
  const [schema = '', name = ''] = positionals
  const service = serviceNames.find((candidate) => schemas[candidate] === schema)
  if (values.help || service === undefined || !/^[a-z0-9_]{1,60}$/.test(name)) {
    console.log(HELP)
    return values.help ? 0 : 1
  }
  const sql = await findMissing(service)
  if (sql === undefined) {
    console.log(`the migrations of ${schema} make what its schema describes; there is nothing to add`)
    return 0
  }
  const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const file = join('prisma', schema, 'migrations', `${stamp}_${name}`, 'migration.sql')
  writeWhole(join(repository, file), sql)
  await generateClients()
  console.log(`${file}\n\n${sql}`)
  return 0
}

async function findMissing(service: ServiceName): Promise<string | undefined> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-migration-'))
  const server = await startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true })
  try {
    return await missingMigration(service, server.url('postgres'))
  } finally {
    await server.stop()
  }
}

process.exitCode = await main()
