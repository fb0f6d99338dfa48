import { commonConfig, databaseConfig, httpConfig } from './config-parts.ts'

export const serviceNames = ['order-service', 'payment-service', 'inventory-service', 'saga-coordinator'] as const
/** Started on demand: `./scripts/dev --examples`. */
export const exampleNames = ['trip-service'] as const
export type ServiceName = (typeof serviceNames)[number] | (typeof exampleNames)[number]

export interface ServiceSettings {
  readonly portVariable: string
  readonly defaultPort: number
  readonly databaseUrlVariable: string
  readonly databaseName: string
}

/** In one place, so that neither ports nor databases of two services can collide unseen. */
export const serviceSettings: Readonly<Record<ServiceName, ServiceSettings>> = {
  'order-service': {
    portVariable: 'ORDER_PORT',
    defaultPort: 3004,
    databaseUrlVariable: 'ORDER_DATABASE_URL',
    databaseName: 'order_db',
  },
  'payment-service': {
    portVariable: 'PAYMENT_PORT',
    defaultPort: 3005,
    databaseUrlVariable: 'PAYMENT_DATABASE_URL',
    databaseName: 'payment_db',
  },
  'inventory-service': {
    portVariable: 'INVENTORY_PORT',
    defaultPort: 3006,
    databaseUrlVariable: 'INVENTORY_DATABASE_URL',
    databaseName: 'inventory_db',
  },
  'saga-coordinator': {
    portVariable: 'COORDINATOR_PORT',
    defaultPort: 3007,
    databaseUrlVariable: 'SAGA_DATABASE_URL',
    databaseName: 'saga_db',
  },
  'trip-service': {
    portVariable: 'TRIP_PORT',
    defaultPort: 3008,
    databaseUrlVariable: 'TRIP_DATABASE_URL',
    databaseName: 'trip_db',
  },
}

/** What every service reads: NATS, home, log level, its port and its database. A service adds the parts of its own. */
export function serviceConfig(service: ServiceName) {
  const { portVariable, defaultPort, databaseUrlVariable, databaseName } = serviceSettings[service]
  return [
    commonConfig,
    httpConfig(portVariable, defaultPort),
    databaseConfig(databaseUrlVariable, databaseName),
  ] as const
}
