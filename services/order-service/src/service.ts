import { openOrderClient } from '@skald/database/order'
import { type App, asker, defineService } from '@skald/host'
import { type Handler, newId, tasks } from '@skald/messaging'
import { commonConfig, databaseConfig, httpConfig, paymentConfig } from '@skald/service'
import { productCopies } from './catalogue/catalogue-tables.ts'
import { cancelOrder } from './handlers/cancel-order.ts'
import { confirmOrder } from './handlers/confirm-order.ts'
import { failOrder } from './handlers/fail-order.ts'
import { closePage } from './handlers/product-announced.ts'
import { keepProduct } from './handlers/product-updated.ts'
import { LISTENING_DURABLES, Listeners } from './listeners.ts'
import { orderTasks } from './order-tasks.ts'
import { cancelledOrders, idempotency, orders } from './orders/order-tables.ts'
import { askForCatalogue } from './requests/ask-for-catalogue.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { orderRoutes } from './routes/orders.ts'
import { placeOrderRoute } from './routes/place-order.ts'
import { SOURCE } from './source.ts'
import { orderReading } from './store/reading.ts'
import { streamMarks } from './store/stream-marks.ts'
import { EVENTS, watchStream } from './watch-stream.ts'

const handlers = [confirmOrder, cancelOrder, failOrder, keepProduct, closePage] as readonly Handler[]

/** The subject of what is asked about the catalogue as a whole. */
const CATALOGUE = 'catalogue'

const { useSimulatedPayment } = paymentConfig.variables

export const orderService = defineService({
  name: 'order-service',
  config: [
    commonConfig,
    httpConfig('ORDER_PORT', 3004),
    databaseConfig('ORDER_DATABASE_URL', 'order_db'),
    // Of the gateway's settings only the one that says which payment methods there are.
    { variables: { useSimulatedPayment } },
  ],
  watches: { streams: [EVENTS], durables: LISTENING_DURABLES },
  build(platform, config): App {
    const { http, pool, clock, random } = platform
    const ask = asker(platform, SOURCE)
    const reading = orderReading(openOrderClient(pool), pool)
    placeOrderRoute(http, {
      ask,
      newId: () => newId(clock.nowMs(), random()),
      useSimulatedPayment: config.useSimulatedPayment,
    })
    orderRoutes(http, ask, reading)
    catalogueRoutes(http, reading)
    const listeners = new Listeners()
    const watched = {
      listeners,
      marks: streamMarks(pool),
      askForCatalogue: (now: boolean): Promise<void> => ask(askForCatalogue, { now }, { subject: CATALOGUE }),
      hasProducts: () => reading.hasProducts(),
    }
    let stop = (): void => undefined
    return {
      handlers,
      lockOrder: [orders, idempotency, productCopies, tasks, cancelledOrders],
      durables: [
        { durable: 'order-service-commands', maxInHand: 1_000 },
        { durable: 'order-service-catalogue', maxInHand: 500 },
      ],
      tasks: orderTasks(platform, listeners),
      started() {
        stop = watchStream(platform, watched)
      },
      stopping: () => stop(),
    }
  },
})
