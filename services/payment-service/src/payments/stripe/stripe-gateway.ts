import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Stripe } from 'stripe'
import type { Gateway } from '../gateway.ts'
import { chargeWith } from './stripe-charge.ts'
import { cancelIntent } from './stripe-intents.ts'
import { refundWith } from './stripe-refund.ts'

/** One request. Stripe answers within seconds; longer, the answer is taken for lost. */
const REQUEST_TIMEOUT_MS = 8_000
/** A call is up to three requests, and must leave a second try before a saga's step times out (30 s). */
const TIME_LIMIT_MS = 14_000
/** Connections at a time. Stripe allows tens of requests a second; more would only be answered with 429. */
const MAX_CONNECTIONS = 100

export interface StripeGatewayOptions {
  readonly apiKey: string
  /** Such as https://api.stripe.com. */
  readonly apiBase: string
  readonly requestTimeoutMs?: number
}

/** Real money, by Stripe's PaymentIntents. See DESIGN.md for how each call survives a lost answer. */
export const stripeGateway = (options: StripeGatewayOptions): Gateway => {
  const { apiKey, apiBase, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options
  const { protocol, hostname, port } = new URL(apiBase)
  const isPlain = protocol === 'http:'
  const keep = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
  const stripe = new Stripe(apiKey, {
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
    protocol: isPlain ? 'http' : 'https',
    httpAgent: isPlain ? new HttpAgent(keep) : new HttpsAgent(keep),
    timeout: requestTimeoutMs,
    // Repeats are ours: they survive a restart, wait longer each time and do not hold a place meanwhile.
    maxNetworkRetries: 0,
    telemetry: false,
  })
  return {
    timeLimitMs: TIME_LIMIT_MS,
    charge: (call) => chargeWith(stripe, call),
    // What was never prepared was never confirmed, and never will be: its call is stopped, and its record refuses more.
    cancel: async ({ chargeReference }) =>
      chargeReference === null ? { kind: 'voided' } : cancelIntent(stripe, chargeReference),
    refund: (call) => refundWith(stripe, call),
  }
}
