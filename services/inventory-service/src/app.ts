import type { App, AppPorts } from '@skald/host'
import { type Handler, tasks } from '@skald/messaging'
import { announceChange } from './change-tasks.ts'
import { announceProducts } from './handlers/announce-products.ts'
import { commitStock } from './handlers/commit-stock.ts'
import { releaseStock } from './handlers/release-stock.ts'
import { reserveStock } from './handlers/reserve-stock.ts'
import { lookUpTasks } from './look-up-tasks.ts'
import { ANNOUNCE_CHANGE } from './requests/put-product.ts'
import { adjustments, products, reservations, stocks } from './stock/stock-tables.ts'
import type { StockReading } from './store/reading.ts'

const handlers = [reserveStock, releaseStock, commitStock, announceProducts] as readonly Handler[]

/** What the service does with messages and tasks, on any store and broker. */
export const inventoryApp = (ports: AppPorts, reading: Pick<StockReading, 'products' | 'reservedItems'>): App => ({
  handlers,
  lockOrder: [reservations, products, stocks, adjustments, tasks],
  durables: [
    { durable: 'inventory-service-commands', maxInHand: 1_000 },
    { durable: 'inventory-service-catalogue', maxInHand: 20 },
  ],
  tasks: { ...lookUpTasks(ports, reading), [ANNOUNCE_CHANGE]: announceChange(ports) },
})
