import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/order/client.ts'

export type { PrismaClient as OrderClient } from '../generated/order/client.ts'

/** Typed reads of the order database on a pool that stays its owner's to close. For cold reads: a batch never comes here. */
export const openOrderClient = (pool: pg.Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) })
