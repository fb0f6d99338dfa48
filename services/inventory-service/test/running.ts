import { type RunningService, startRunning as startService } from '@skald/testing'
import { inventoryService } from '../src/index.ts'

/** inventory-service with the ears of those who hear it. */
export const startRunning = (): Promise<RunningService> =>
  startService(inventoryService, {
    database: 'inventory',
    port: 'INVENTORY_PORT',
    durables: ['saga-coordinator-inventory', 'order-service-catalogue'],
  })
