import { type App, type AppPorts, asker } from '@skald/host'
import { type Handler, tasks } from '@skald/messaging'
import { productCopies } from './catalogue/catalogue-tables.ts'
import { cancelOrder } from './handlers/cancel-order.ts'
import { confirmOrder } from './handlers/confirm-order.ts'
import { failOrder } from './handlers/fail-order.ts'
import { closePage } from './handlers/product-announced.ts'
import { keepProduct } from './handlers/product-updated.ts'
import { Listeners } from './listeners.ts'
import { orderTasks } from './order-tasks.ts'
import { cancelledOrders, idempotency, orders } from './orders/order-tables.ts'
import { askForCatalogue } from './requests/ask-for-catalogue.ts'
import { SOURCE } from './source.ts'
import { type Watched, watchStream } from './watch-stream.ts'

const handlers = [confirmOrder, cancelOrder, failOrder, keepProduct, closePage] as readonly Handler[]

/** The subject of what is asked about the catalogue as a whole. */
const CATALOGUE = 'catalogue'

/** What the service does with messages and tasks, on any store and broker. */
export const orderApp = (ports: AppPorts, reads: Pick<Watched, 'marks' | 'hasProducts'>): App => {
  const ask = asker(ports, SOURCE)
  const listeners = new Listeners()
  const watched: Watched = {
    ...reads,
    listeners,
    askForCatalogue: (now) => ask(askForCatalogue, { now }, { subject: CATALOGUE }),
  }
  let stop = (): void => undefined
  return {
    handlers,
    lockOrder: [orders, idempotency, productCopies, tasks, cancelledOrders],
    durables: [
      { durable: 'order-service-commands', maxInHand: 1_000 },
      { durable: 'order-service-catalogue', maxInHand: 500 },
    ],
    tasks: orderTasks(ports, listeners),
    started() {
      stop = watchStream(ports, watched)
    },
    stopping: () => stop(),
  }
}
