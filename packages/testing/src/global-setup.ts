import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNatsServer, migrate, startPostgres } from '@skald/servers'
import type { TestProject } from 'vitest/node'
import { DATABASES, migrationsOf, templateOf } from './services.ts'

/** Outlives the run: a program that had to be fetched is fetched once. The same folder as a system started from here uses. */
const PROGRAMS = join(import.meta.dirname, '../../../.skald/bin')

/**
 * One PostgreSQL for the whole run, with a migrated template database a service, and the nats-server program for the
 * files that start one. Both end with the run, however it ends: the servers are tied to this process.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'skald-test-'))
  const postgres = await startPostgres({
    dir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
    throwAway: true,
  })
  await Promise.all(DATABASES.map((service) => migrate(postgres.url(templateOf(service)), migrationsOf(service))))
  project.provide('skaldPostgres', postgres.url(''))
  project.provide('skaldNatsProgram', await findNatsServer({ binDir: PROGRAMS, log: console.error }))
  return async () => {
    await postgres.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
