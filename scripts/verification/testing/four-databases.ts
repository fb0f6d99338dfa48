import { createTestDatabase, type TestDatabase } from '@skald/testing'

export type DatabaseName = 'order' | 'payment' | 'inventory' | 'saga'

export interface FourDatabases {
  readonly databases: Readonly<Record<DatabaseName, TestDatabase>>
  /** Where they are, for the services and for `verify`. */
  readonly env: Readonly<Record<string, string>>
  /** On any port that is free. */
  readonly ports: Readonly<Record<string, string>>
}

/** The databases of the order saga's services, empty. */
export const createFourDatabases = async (): Promise<FourDatabases> => {
  const [order, payment, inventory, saga] = await Promise.all([
    createTestDatabase('order'),
    createTestDatabase('payment'),
    createTestDatabase('inventory'),
    createTestDatabase('saga'),
  ])
  return {
    databases: { order, payment, inventory, saga },
    env: {
      ORDER_DATABASE_URL: order.url,
      PAYMENT_DATABASE_URL: payment.url,
      INVENTORY_DATABASE_URL: inventory.url,
      SAGA_DATABASE_URL: saga.url,
    },
    ports: { ORDER_PORT: '0', PAYMENT_PORT: '0', INVENTORY_PORT: '0', COORDINATOR_PORT: '0' },
  }
}
