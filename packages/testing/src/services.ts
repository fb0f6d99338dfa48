import { join } from 'node:path'

/** The services that have a database of their own and read it by Prisma, by the name of their folder under prisma/. */
export const SERVICES = ['order', 'payment', 'inventory', 'saga'] as const
/** All that have one. */
export const DATABASES = [...SERVICES, 'trip'] as const
export type ServiceName = (typeof DATABASES)[number]

/** The migrated, never used database that the databases of test files are copied from. */
export const templateOf = (service: ServiceName): string => `template_${service}`

export const migrationsOf = (service: ServiceName): string =>
  join(import.meta.dirname, '../../../prisma', service, 'migrations')
