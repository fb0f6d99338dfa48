import { openOrderClient } from '@skald/database/order'
import { type App, asker, defineService } from '@skald/host'
import { newId } from '@skald/messaging'
import { commonConfig, databaseConfig, httpConfig, paymentConfig } from '@skald/service'
import { orderApp } from './app.ts'
import { LISTENING_DURABLES } from './listeners.ts'
import { catalogueRoutes } from './routes/catalogue.ts'
import { orderRoutes } from './routes/orders.ts'
import { placeOrderRoute } from './routes/place-order.ts'
import { SOURCE } from './source.ts'
import { orderReading } from './store/reading.ts'
import { streamMarks } from './store/stream-marks.ts'
import { EVENTS } from './watch-stream.ts'

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
  watches: () => ({ streams: [EVENTS], durables: LISTENING_DURABLES }),
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
    return orderApp(platform, { marks: streamMarks(pool), hasProducts: () => reading.hasProducts() })
  },
})
