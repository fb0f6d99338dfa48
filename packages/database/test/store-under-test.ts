import assert from 'node:assert/strict'
import type { TableShape } from '@skald/messaging'
import { CONTRACT_SQL, createTestDatabase, eventually, type StoreUnderTest } from '@skald/testing'
import pg from 'pg'
import { createPostgresStore, openDatabase } from '../src/index.ts'
import { startChaosProxy } from './chaos-proxy.ts'

/** Two processes' stores on one database, and a connection of the test's own that holds rows. */
export const openStoreUnderTest = async (): Promise<StoreUnderTest> => {
  const database = await createTestDatabase('order')
  await database.query(CONTRACT_SQL)
  const proxy = await startChaosProxy(database.url)
  const one = openDatabase({ url: proxy.url, applicationName: 'contract-one' })
  const other = openDatabase({ url: database.url, applicationName: 'contract-other' })
  return {
    one: createPostgresStore(one),
    other: createPostgresStore(other),
    hold: (table, key) => hold(database.url, table, key),
    waiting: (count) =>
      eventually(async () => {
        const rows = await database.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        assert.equal(rows.length, count)
      }),
    breakNext: (moment) => {
      proxy.onReply = (reply, cut) => {
        if (moment === 'committed' && !reply.includes(COMMITTED)) return true
        proxy.onReply = () => true
        cut()
        return false
      }
    },
    breakConnections: async () => {
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'contract-%'`,
      )
    },
    close: async () => {
      await Promise.all([one.close(), other.close()])
      await proxy.close()
      await database.close()
    },
  }
}

const COMMITTED = Buffer.from('COMMIT\0')

const hold = async (url: string, table: TableShape, key: string): Promise<() => Promise<void>> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('BEGIN')
  await client.query(`SELECT 1 FROM ${table.name} WHERE ${table.key} = $1 FOR UPDATE`, [key])
  return () => client.end()
}
