import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import type pg from 'pg'
import { type Datasource, onServer, withClient, withDatabase } from './datasource.ts'

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>

/** The way to the database that the WebAssembly engine is given: Prisma's own adapter, with its gaps closed. */
export function bindAdapter(datasource: Datasource) {
  const { url, schema } = datasource
  const factory = new PrismaPg({ connectionString: url, max: 1 }, schema === undefined ? {} : { schema })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => closeGaps(await connect())
  factory.connectToShadowDb = () => connectToShadow(datasource)
  return bindMigrationAwareSqlAdapterFactory(factory)
}

/** An empty database in which the engine replays the migrations; dropped when the engine is done with it. */
async function connectToShadow({ url, shadowUrl }: Datasource): Promise<Adapter> {
  if (shadowUrl !== undefined) {
    await withClient(shadowUrl, (client) => client.query('DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public'))
    return closeGaps(await new PrismaPg({ connectionString: shadowUrl, max: 1 }).connect())
  }
  const name = `prisma_migrate_shadow_db_${randomUUID()}`
  await onServer(url, (quote) => `CREATE DATABASE ${quote(name)}`)
  const adapter = closeGaps(await new PrismaPg({ connectionString: withDatabase(url, name), max: 1 }).connect())
  const dispose = adapter.dispose.bind(adapter)
  adapter.dispose = async () => {
    // A database cannot be dropped while anybody is connected to it.
    await dispose()
    await onServer(url, (quote) => `DROP DATABASE IF EXISTS ${quote(name)}`)
  }
  return adapter
}

/** The internal type "char" of PostgreSQL's catalogue, which the adapter does not know. */
const CHAR_OID = 18
const TEXT_OID = 25
/** Marks a column of that type on its way through the adapter; no name in a database can contain it. */
const CHAR_MARK = '\0char'

function closeGaps(adapter: Adapter): Adapter {
  const pool = adapter.underlyingDriver()
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult | undefined>
  const queryAsText = async (...args: unknown[]) => {
    const result = await query(...args)
    for (const field of result?.fields ?? []) {
      if (field.dataTypeID === CHAR_OID) Object.assign(field, { dataTypeID: TEXT_OID, name: field.name + CHAR_MARK })
    }
    return result
  }
  Object.assign(pool, { query: queryAsText })

  const queryRaw = adapter.queryRaw.bind(adapter)
  adapter.queryRaw = async (sql) => {
    const result = await queryRaw(sql)
    const isChar = result.columnNames.map((name) => name.endsWith(CHAR_MARK))
    return {
      ...result,
      columnNames: result.columnNames.map((name) => name.replace(CHAR_MARK, '')),
      columnTypes: result.columnTypes.map((type, index) => (isChar[index] ? ColumnTypeEnum.Character : type)),
    }
  }
  // The adapter splits a script at every semicolon, also inside a function's body; PostgreSQL takes it whole.
  adapter.executeScript = async (script) => {
    await query(script)
  }
  return adapter
}
