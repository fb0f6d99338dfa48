import { join } from 'node:path'

/** The services that have a database of their own, by the name of their folder under prisma/. */
export const SERVICES = ['order', 'payment', 'inventory', 'saga'] as const
export type ServiceName = (typeof SERVICES)[number]

/** The migrated, never used database that the databases of test files are copied from. */
export const templateOf = (service: ServiceName): string => `template_${service}`

export const migrationsOf = (service: ServiceName): string =>
  join(import.meta.dirname, '../../../prisma', service, 'migrations')
