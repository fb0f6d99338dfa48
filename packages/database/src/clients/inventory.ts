import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/inventory/client.ts'

export type { PrismaClient as InventoryClient } from '../generated/inventory/client.ts'

/** Typed reads of the inventory database on a pool that stays its owner's to close. For cold reads: a batch never comes here. */
export const openInventoryClient = (pool: pg.Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) })
