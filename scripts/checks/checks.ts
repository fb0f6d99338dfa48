import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningPostgres, startPostgres } from '@skald/servers'
import { serviceNames } from '@skald/service'
import { generateClients } from '../environment/generate-clients.ts'
import { missingMigration, schemas } from '../environment/prisma-cli.ts'
import { repository } from '../environment/repository.ts'
import { repositoryFiles } from '../tidy/files.ts'
import { rules } from '../tidy/tidy.ts'
import { type Check, programCheck } from './check.ts'

/** Later checks read what the first one writes. */
export function allChecks(): Check[] {
  return [
    { name: 'database clients are generated', run: () => generateClients().then(() => undefined) },
    programCheck('format', 'biome', ['format', '--max-diagnostics=100', '.']),
    programCheck('lint', 'biome', [
      'check',
      '--formatter-enabled=false',
      '--max-diagnostics=100',
      '--error-on-warnings',
      '.',
    ]),
    programCheck('types', 'tsc', ['-b', '--pretty', 'false']),
    programCheck('lint with types', 'oxlint', ['--type-aware', '--deny-warnings']),
    ...tidyChecks(),
    ...driftChecks(),
  ]
}

function tidyChecks(): Check[] {
  const files = repositoryFiles(repository)
  return rules.map(({ name, check }) => ({
    name: `rule: ${name}`,
    run: async () => {
      const faults = check(files)
      return faults.length === 0
        ? undefined
        : faults.map(({ path, line, says }) => `${path}:${line}: ${says}`).join('\n')
    },
  }))
}

/** The migrations of each service make the tables that its schema describes, and its code is typed by. */
function driftChecks(): Check[] {
  let server: Promise<RunningPostgres> | undefined
  return serviceNames.map((service, index) => ({
    name: `migrations make the schema of ${schemas[service]}`,
    run: async () => {
      server ??= startThrowAway()
      const running = await server
      try {
        const missing = await missingMigration(service, running.url('postgres'))
        return missing === undefined
          ? undefined
          : `./scripts/new-migration ${schemas[service]} would write:\n${missing}`
      } finally {
        if (index === serviceNames.length - 1) await running.stop()
      }
    },
  }))
}

function startThrowAway(): Promise<RunningPostgres> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-drift-'))
  return startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true })
}
