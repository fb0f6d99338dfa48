import { openInventoryClient } from '@skald/database/inventory'
import { type App, asker, defineService } from '@skald/host'
import { newId } from '@skald/messaging'
import { commonConfig, databaseConfig, httpConfig } from '@skald/service'
import { inventoryApp } from './app.ts'
import { productRoutes } from './routes/products.ts'
import { reservationRoutes } from './routes/reservations.ts'
import { SOURCE } from './source.ts'
import { stockReading } from './store/reading.ts'

export const inventoryService = defineService({
  name: 'inventory-service',
  config: [commonConfig, httpConfig('INVENTORY_PORT', 3006), databaseConfig('INVENTORY_DATABASE_URL', 'inventory_db')],
  watches: () => ({ streams: [], durables: [] }),
  build(platform): App {
    const { http, pool, clock, random } = platform
    const reading = stockReading(openInventoryClient(pool))
    productRoutes(http, asker(platform, SOURCE), reading, () => newId(clock.nowMs(), random()))
    reservationRoutes(http, reading)
    return inventoryApp(platform, reading)
  },
})
