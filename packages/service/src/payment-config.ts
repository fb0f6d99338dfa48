import type { ConfigFault, ConfigPart } from './config.ts'
import { share, trueOrFalse, urlText, visibleText, waitMs } from './config-values.ts'
import { plaintextWarning } from './loopback.ts'

export interface PaymentConfig {
  readonly useSimulatedPayment: boolean
  readonly paymentSuccessRate: number
  readonly gatewayRetryMs: number
  /** Present whenever `useSimulatedPayment` is false. */
  readonly stripeApiKey: string | undefined
  readonly stripeApiBase: string
}

function stripeFaults(values: PaymentConfig): ConfigFault[] {
  if (values.useSimulatedPayment || values.stripeApiKey !== undefined) return []
  const fix = 'Give the secret key of the Stripe account, or set USE_SIMULATED_PAYMENT=true.'
  return [{ name: 'STRIPE_API_KEY', given: undefined, problem: 'set when USE_SIMULATED_PAYMENT is false', fix }]
}

export const paymentConfig: ConfigPart<PaymentConfig> = {
  variables: {
    useSimulatedPayment: {
      name: 'USE_SIMULATED_PAYMENT',
      meaning: 'true charges nobody; false uses Stripe',
      default: 'true',
      schema: trueOrFalse(),
      fix: 'Leave it out for the simulated gateway.',
    },
    paymentSuccessRate: {
      name: 'PAYMENT_SUCCESS_RATE',
      meaning: 'share of simulated charges without a token that succeed, decided by a hash of the order id',
      default: '0.9',
      schema: share(),
      fix: 'Leave it out for 0.9.',
    },
    gatewayRetryMs: {
      name: 'GATEWAY_RETRY_MS',
      meaning:
        'first wait between tries of a gateway call whose outcome is a transient failure or unknown, in milliseconds',
      default: '100',
      schema: waitMs(),
      fix: 'Leave it out for 100 milliseconds.',
    },
    stripeApiKey: {
      name: 'STRIPE_API_KEY',
      meaning: 'secret key of the Stripe account; needed when USE_SIMULATED_PAYMENT is false',
      optional: true,
      secret: true,
      schema: visibleText(255),
      fix: 'Copy it from the Stripe dashboard, without blanks or quotes.',
    },
    stripeApiBase: {
      name: 'STRIPE_API_BASE',
      meaning: "where Stripe's API is called",
      default: 'https://api.stripe.com',
      schema: urlText(['https:', 'http:'], 'https://api.stripe.com'),
      fix: 'Leave it out for https://api.stripe.com.',
    },
  },
  check: stripeFaults,
  warn: ({ useSimulatedPayment, stripeApiBase }) =>
    useSimulatedPayment
      ? []
      : plaintextWarning('STRIPE_API_BASE', stripeApiBase, URL.parse(stripeApiBase)?.protocol === 'https:'),
}
