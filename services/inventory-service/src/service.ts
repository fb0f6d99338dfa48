import { openInventoryClient } from '@skald/database/inventory'
import { type App, asker, defineService } from '@skald/host'
import { type Handler, newId, tasks } from '@skald/messaging'
import { commonConfig, databaseConfig, httpConfig } from '@skald/service'
import { announceChange } from './change-tasks.ts'
import { announceProducts } from './handlers/announce-products.ts'
import { commitStock } from './handlers/commit-stock.ts'
import { releaseStock } from './handlers/release-stock.ts'
import { reserveStock } from './handlers/reserve-stock.ts'
import { lookUpTasks } from './look-up-tasks.ts'

import { ANNOUNCE_CHANGE } from './requests/put-product.ts'
import { productRoutes } from './routes/products.ts'
import { reservationRoutes } from './routes/reservations.ts'
import { SOURCE } from './source.ts'
import { adjustments, products, reservations, stocks } from './stock/stock-tables.ts'
import { stockReading } from './store/reading.ts'

const handlers = [reserveStock, releaseStock, commitStock, announceProducts] as readonly Handler[]

export const inventoryService = defineService({
  name: 'inventory-service',
  config: [commonConfig, httpConfig('INVENTORY_PORT', 3006), databaseConfig('INVENTORY_DATABASE_URL', 'inventory_db')],
  watches: { streams: [], durables: [] },
  build(platform): App {
    const { http, pool, clock, random } = platform
    const reading = stockReading(openInventoryClient(pool))
    productRoutes(http, asker(platform, SOURCE), reading, () => newId(clock.nowMs(), random()))
    reservationRoutes(http, reading)
    return {
      handlers,
      lockOrder: [reservations, products, stocks, adjustments, tasks],
      durables: [
        { durable: 'inventory-service-commands', maxInHand: 1_000 },
        { durable: 'inventory-service-catalogue', maxInHand: 20 },
      ],
      tasks: { ...lookUpTasks(platform, reading), [ANNOUNCE_CHANGE]: announceChange(platform) },
    }
  },
})
