import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOwnedDatabase, migrate, type RunningPostgres, startPostgres } from '../src/index.ts'
import { makeFolder, testFolder } from './folder.ts'

const dir = makeFolder()
let server: RunningPostgres
beforeAll(async () => {
  const settings = { shared_buffers: '16MB', max_connections: '20' }
  server = await startPostgres({ dir: join(dir, 'pg'), logFile: join(dir, 'pg.log'), throwAway: true, settings })
})
afterAll(async () => {
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

function migrations(files: Record<string, string>): string {
  const dir = testFolder()
  add(dir, files)
  writeFileSync(join(dir, 'migration_lock.toml'), 'provider = "postgresql"\n')
  return dir
}

function add(dir: string, files: Record<string, string>): void {
  for (const [name, sql] of Object.entries(files)) {
    mkdirSync(join(dir, name), { recursive: true })
    writeFileSync(join(dir, name, 'migration.sql'), sql)
  }
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('creates the database and applies each migration once, in the order of names', async () => {
  const url = server.url('fresh')
  const dir = migrations({ '02_second': 'ALTER TABLE t ADD b int;', '01_first': 'CREATE TABLE t (a int);' })
  expect(await migrate(url, dir)).toEqual(['01_first', '02_second'])
  expect(await migrate(url, dir)).toEqual([])
  add(dir, { '03_third': 'INSERT INTO t VALUES (1, 2);' })
  expect(await migrate(url, dir)).toEqual(['03_third'])
  expect(await query(url, 'SELECT * FROM t')).toEqual([{ a: 1, b: 2 }])
})

test('lets two programs migrate at once: one applies, the other finds it done', async () => {
  const url = server.url('two at once')
  const dir = migrations({ '01_first': 'CREATE TABLE t (a int);', '02_second': 'INSERT INTO t VALUES (1);' })
  const applied = await Promise.all([migrate(url, dir), migrate(url, dir)])
  expect(applied.map(({ length }) => length).toSorted((a, b) => a - b)).toEqual([0, 2])
  expect(await query(url, 'SELECT * FROM t')).toEqual([{ a: 1 }])
})

test('leaves nothing of a migration that fails, and names it', async () => {
  const url = server.url('failing')
  const dir = migrations({ '01_first': 'CREATE TABLE t (a int);', '02_bad': 'CREATE TABLE u (a int); SELECT no_such;' })
  await expect(migrate(url, dir)).rejects.toThrow(/02_bad.*no_such/)
  expect(await query(url, `SELECT to_regclass('t') IS NOT NULL AS t, to_regclass('u') IS NOT NULL AS u`)).toEqual([
    { t: true, u: false },
  ])
  add(dir, { '02_bad': 'CREATE TABLE u (a int);' })
  expect(await migrate(url, dir)).toEqual(['02_bad'])
})

test('refuses a migration that was edited after it had been applied', async () => {
  const url = server.url('edited')
  const dir = migrations({ '01_first': 'CREATE TABLE t (a int);' })
  await migrate(url, dir)
  add(dir, { '01_first': 'CREATE TABLE t (a bigint);' })
  await expect(migrate(url, dir)).rejects.toThrow(/01_first was edited/)
})

test('keeps function bodies and quoted semicolons whole', async () => {
  const url = server.url('quoting')
  const body = `CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'a;b'; END; $$; CREATE TABLE t (a int);`
  expect(await migrate(url, migrations({ '01_function': body }))).toEqual(['01_function'])
  expect(await query(url, 'SELECT f()')).toEqual([{ f: 'a;b' }])
})

test('a database with an owner is closed to other roles', async () => {
  const admin = server.url('postgres')
  await createOwnedDatabase(admin, { database: 'cats_db', owner: 'cats', password: "it's" })
  await createOwnedDatabase(admin, { database: 'dogs_db', owner: 'dogs', password: 'woof' })
  const as = (role: string, password: string, database: string) => {
    const url = new URL(server.url(database))
    url.username = role
    url.password = password
    return url.href
  }
  const dir = migrations({ '01_first': 'CREATE TABLE t (a int);' })
  expect(await migrate(as('cats', "it's", 'cats_db'), dir)).toEqual(['01_first'])
  await expect(query(as('dogs', 'woof', 'cats_db'), 'SELECT 1')).rejects.toThrow(/permission denied/)
  await expect(query(as('cats', 'guess', 'cats_db'), 'SELECT 1')).rejects.toThrow(/password/)
})

test('a database that belongs to somebody else is not taken over', async () => {
  const url = server.url('of the administrator')
  await migrate(url, migrations({}))
  const wish = { database: 'of the administrator', owner: 'birds', password: 'p' }
  await expect(createOwnedDatabase(server.url('postgres'), wish)).rejects.toThrow(/belongs to postgres, not to birds/)
})
