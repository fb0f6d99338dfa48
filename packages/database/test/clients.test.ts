import { createTestDatabase, SERVICES, type ServiceName, type TestDatabase } from '@skald/testing'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { openInventoryClient } from '../src/clients/inventory.ts'
import { openOrderClient } from '../src/clients/order.ts'
import { openPaymentClient } from '../src/clients/payment.ts'
import { openSagaClient } from '../src/clients/saga.ts'
import { describedColumns, EXISTING_COLUMNS } from './prisma-schema.ts'

const withDatabase = async (service: ServiceName, use: (database: TestDatabase) => Promise<void>): Promise<void> => {
  const database = await createTestDatabase(service)
  try {
    await use(database)
  } finally {
    await database.close()
  }
}

const withPool = (service: ServiceName, use: (pool: pg.Pool) => Promise<void>): Promise<void> =>
  withDatabase(service, async ({ url }) => {
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    try {
      await use(pool)
    } finally {
      await pool.end()
    }
  })

describe('the schema of', () => {
  it.each(SERVICES)('%s describes exactly what its migrations make', async (service) => {
    await withDatabase(service, async (database) => {
      const existing = await database.query(EXISTING_COLUMNS)
      expect(describedColumns(service).sort()).toEqual(existing.map(({ line }) => String(line)).sort())
    })
  })
})

describe('the generated client of', () => {
  it('order reads', () =>
    withPool('order', async (pool) => expect(await openOrderClient(pool).task.findMany()).toEqual([])))

  it('payment reads', () =>
    withPool('payment', async (pool) => expect(await openPaymentClient(pool).task.findMany()).toEqual([])))

  it('inventory reads', () =>
    withPool('inventory', async (pool) => expect(await openInventoryClient(pool).task.findMany()).toEqual([])))

  it('saga reads', () =>
    withPool('saga', async (pool) => expect(await openSagaClient(pool).task.findMany()).toEqual([])))

  it('order leaves the pool to its owner', () =>
    withPool('order', async (pool) => {
      const client = openOrderClient(pool)
      await client.task.count()
      await client.$disconnect()
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    }))
})
