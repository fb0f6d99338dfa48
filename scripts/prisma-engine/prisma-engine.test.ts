import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type RunningPostgres, startPostgres } from '@skald/servers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { repository } from '../environment/repository.ts'

// Each test starts Prisma's command line several times, over a second each.
const timeout = 180_000

let server: RunningPostgres
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'skald-engine-'))
  server = await startPostgres({ dir, logFile: join(dir, 'postgres.log'), throwAway: true })
})
afterAll(() => server.stop())

const HEAD = `generator client {
  provider = "prisma-client"
  output   = "generated"
}

datasource db {
  provider = "postgresql"
}
`

/** A project of its own, with a database of its own that does not exist yet. */
function project(database: string, models: string) {
  const dir = mkdtempSync(join(tmpdir(), 'skald-prisma-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const datasource = { url: server.url(database) }
  const config = { schema: 'schema.prisma', migrations: { path: 'migrations' }, datasource }
  writeFileSync(join(dir, 'prisma.config.ts'), `export default ${JSON.stringify(config)}\n`)
  writeFileSync(join(dir, 'schema.prisma'), HEAD + models)
  return {
    dir,
    setModels: (next: string) => writeFileSync(join(dir, 'schema.prisma'), HEAD + next),
    addMigration: (name: string, sql: string) => {
      mkdirSync(join(dir, 'migrations', name), { recursive: true })
      writeFileSync(join(dir, 'migrations', name, 'migration.sql'), sql)
      writeFileSync(join(dir, 'migrations', 'migration_lock.toml'), 'provider = "postgresql"\n')
    },
    prisma: (...args: string[]) => run(dir, args),
  }
}

async function run(dir: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const program = join(repository, 'scripts', 'prisma')
  const config = ['--config', join(dir, 'prisma.config.ts')]
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args, ...config], {
      cwd: dir,
      env: { ...process.env, NO_COLOR: '1' },
    })
    return { code: 0, output: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, output: stdout + stderr }
  }
}

test('makes a first migration and a second one from the change of the schema', { timeout }, async () => {
  const { dir, setModels, prisma } = project('first', 'model Cat {\n  id Int @id\n}\n')
  expect(await prisma('migrate', 'dev', '--name', 'add cats')).toMatchObject({ code: 0 })
  setModels('model Cat {\n  id   Int    @id\n  name String @default("")\n}\n')
  expect(await prisma('migrate', 'dev', '--name', 'name cats')).toMatchObject({ code: 0 })

  const [first, second] = readdirSync(join(dir, 'migrations')).filter((name) => !name.endsWith('.toml'))
  expect(readFileSync(join(dir, 'migrations', first ?? '', 'migration.sql'), 'utf8')).toContain('CREATE TABLE "Cat"')
  expect(readFileSync(join(dir, 'migrations', second ?? '', 'migration.sql'), 'utf8')).toContain(
    'ADD COLUMN     "name"',
  )
  expect((await prisma('migrate', 'status')).output).toContain('up to date')
})

test('applies function bodies and quoted semicolons whole', { timeout }, async () => {
  const { addMigration, prisma } = project('bodies', '')
  const body = `CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END; $$; SELECT 1;`
  addMigration('1_function', body)
  expect((await prisma('migrate', 'deploy')).output).toContain('1_function')
  expect((await prisma('migrate', 'status')).output).toContain('up to date')
})

test('tells whether the migrations make what the schema describes', { timeout }, async () => {
  const { dir, addMigration, prisma } = project('postgres', 'model Cat {\n  id Int @id\n}\n')
  const diff = ['migrate', 'diff', '--from-migrations', join(dir, 'migrations')]
  const toSchema = ['--to-schema', join(dir, 'schema.prisma'), '--exit-code']
  addMigration('1_cats', 'CREATE TABLE "Cat" (id int NOT NULL, CONSTRAINT "Cat_pkey" PRIMARY KEY (id));')
  expect(await prisma(...diff, ...toSchema)).toMatchObject({ code: 0 })
  addMigration('2_dogs', 'CREATE TABLE "Dog" (id int PRIMARY KEY);')
  expect(await prisma(...diff, ...toSchema)).toMatchObject({ code: 2 })
})

test('says why a migration failed, and which one did when it is asked again', { timeout }, async () => {
  const { addMigration, prisma } = project('failing', '')
  addMigration('1_wrong', 'SELECT no_such_column;')
  const { code, output } = await prisma('migrate', 'deploy')
  expect(code).not.toBe(0)
  expect(output).toMatch(/no_such_column/)
  expect((await prisma('migrate', 'deploy')).output).toMatch(/P3009[\s\S]*1_wrong/)
})

test('says that a database is not there', { timeout }, async () => {
  const { prisma } = project('absent', '')
  expect((await prisma('db', 'pull', '--print')).output).toMatch(/P1003|does not exist/)
})
