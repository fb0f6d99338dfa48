import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/saga/client.ts'

export type { PrismaClient as SagaClient } from '../generated/saga/client.ts'

/** Typed reads of the saga database on a pool that stays its owner's to close. For cold reads: a batch never comes here. */
export const openSagaClient = (pool: pg.Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) })
