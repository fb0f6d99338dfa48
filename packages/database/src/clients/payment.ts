import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../generated/payment/client.ts'

export type { PrismaClient as PaymentClient } from '../generated/payment/client.ts'

/** Typed reads of the payment database on a pool that stays its owner's to close. For cold reads: a batch never comes here. */
export const openPaymentClient = (pool: pg.Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) })
