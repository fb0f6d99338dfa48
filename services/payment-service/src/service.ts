import { createPostgresStore, openDatabase } from '@skald/database'
import { openPaymentClient } from '@skald/database/payment'
import { type App, defineService, type Platform } from '@skald/host'
import { commonConfig, databaseConfig, httpConfig, type PaymentConfig, paymentConfig } from '@skald/service'
import { paymentApp } from './app.ts'
import { callMetrics } from './calls/call-metrics.ts'
import type { Gateway } from './payments/gateway.ts'
import { ledgerReading } from './payments/simulated/ledger.ts'
import { SimulatedGateway } from './payments/simulated/simulated-gateway.ts'
import { stripeGateway } from './payments/stripe/stripe-gateway.ts'
import { paymentRoutes } from './routes/payments.ts'
import { simulatedGatewayRoutes } from './routes/simulated-gateway.ts'
import { paymentReading } from './store/reading.ts'

const appOn = (platform: Platform, gateway: Gateway, gatewayRetryMs: number): App =>
  paymentApp(platform, { gateway, gatewayRetryMs, observer: callMetrics(platform.metrics, platform.logger) })

/** The simulated gateway is another party: it has a connection of its own, so that no commit of ours can hold or carry one of its. */
const simulated = (platform: Platform, { paymentSuccessRate, gatewayRetryMs }: PaymentConfig): App => {
  const { databaseUrl, clock, http, pool, logger } = platform
  const books = openDatabase({
    url: databaseUrl,
    applicationName: 'simulated-gateway',
    poolSize: 1,
    onConnectionLost: (err) => logger.warn({ err }, 'the simulated gateway lost its database connection'),
  })
  const gateway = new SimulatedGateway({ store: createPostgresStore(books), clock, successRate: paymentSuccessRate })
  const reads = openPaymentClient(pool)
  simulatedGatewayRoutes(http, ledgerReading(reads))
  paymentRoutes(http, paymentReading(reads))
  const app = appOn(platform, gateway, gatewayRetryMs)
  return {
    ...app,
    async stopping() {
      await app.stopping?.()
      await gateway.idle()
      await books.close()
    },
  }
}

const real = (platform: Platform, { stripeApiKey, stripeApiBase, gatewayRetryMs }: PaymentConfig): App => {
  if (stripeApiKey === undefined) throw new Error('STRIPE_API_KEY is not set; it is needed without simulated payments')
  const gateway = stripeGateway({ apiKey: stripeApiKey, apiBase: stripeApiBase })
  paymentRoutes(platform.http, paymentReading(openPaymentClient(platform.pool)))
  return appOn(platform, gateway, gatewayRetryMs)
}

export const paymentService = defineService({
  name: 'payment-service',
  config: [
    commonConfig,
    httpConfig('PAYMENT_PORT', 3005),
    databaseConfig('PAYMENT_DATABASE_URL', 'payment_db'),
    paymentConfig,
  ],
  watches: () => ({ streams: [], durables: [] }),
  build: (platform, config) => (config.useSimulatedPayment ? simulated(platform, config) : real(platform, config)),
})
