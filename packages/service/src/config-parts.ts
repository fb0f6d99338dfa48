import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { ConfigFault, ConfigPart } from './config.ts'
import { folderPath, oneOf, share, trueOrFalse, urlList, urlText, visibleText, wholeNumber } from './config-values.ts'
import { type LogLevel, logLevels } from './logging.ts'

const natsProtocols = ['nats:', 'tls:', 'ws:', 'wss:']
const postgresProtocols = ['postgresql:', 'postgres:']
const startedByDev = './scripts/dev sets it to its own server'
/** A day. Longer waits in one step are a state of their own, not a setting. */
const maxWaitMs = 86_400_000

/** True when what is sent to this host does not leave the machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '')
  return bare === 'localhost' || bare === '' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}

function plaintextWarning(name: string, url: string, encrypted: boolean): string[] {
  const host = URL.parse(url)?.hostname ?? ''
  if (encrypted || isLoopback(host)) return []
  return [`${name} talks to ${host} without encryption: everybody on the way can read and change what is sent.`]
}

export interface CommonConfig {
  /** An absolute path. */
  readonly home: string
  /** One URL, or several with commas between them. */
  readonly natsUrl: string
  readonly logLevel: LogLevel
}

export const commonConfig: ConfigPart<CommonConfig> = {
  variables: {
    home: {
      name: 'SKALD_HOME',
      meaning: 'folder of data, logs and run/<process>.pid',
      default: '.skald',
      // Made absolute at once: a later change of the working directory must not move it.
      schema: folderPath().transform((path) => resolve(path)),
      fix: 'Give a folder that this user may write.',
    },
    natsUrl: {
      name: 'NATS_URL',
      meaning: `the NATS server with JetStream, nats://host:port; ${startedByDev}`,
      schema: urlList(natsProtocols, 'nats://127.0.0.1:4222'),
      fix: 'Start with ./scripts/dev, which sets it, or give the URL of a server.',
    },
    logLevel: {
      name: 'LOG_LEVEL',
      meaning: `the least important lines that are written: ${logLevels.join(', ')}`,
      default: 'info',
      schema: oneOf(logLevels),
      fix: 'Leave it out for info.',
    },
  },
  warn: ({ natsUrl }) =>
    natsUrl
      .split(',')
      .map((url) => url.trim())
      .flatMap((url) => plaintextWarning('NATS_URL', url, url.startsWith('tls:') || url.startsWith('wss:'))),
}

export interface HttpConfig {
  readonly httpHost: string
  readonly httpPort: number
}

/** Where the HTTP server listens; port 0 takes any free one. */
export function httpConfig(portVariable: string, defaultPort: number): ConfigPart<HttpConfig> {
  return {
    variables: {
      httpHost: {
        name: 'HTTP_HOST',
        meaning: 'address on which HTTP is served; 0.0.0.0 for all (in containers)',
        // Nothing here asks who the caller is by default, so only this machine is served unless somebody decides else.
        default: '127.0.0.1',
        schema: visibleText(255),
        fix: 'Give an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
      },
      httpPort: {
        name: portVariable,
        meaning: 'port on which HTTP is served; 0 for any free one',
        default: String(defaultPort),
        schema: wholeNumber(0, 65_535),
        fix: `Leave it out for ${defaultPort}.`,
      },
    },
  }
}

/** The same server, another database: `postgresql://h/any?sslmode=require` becomes `postgresql://h/order_db?sslmode=require`. */
function withDatabase(serverUrl: string, databaseName: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(databaseName)}`
  return url.href
}

export interface DatabaseConfig {
  readonly databaseUrl: string
}

/** The service's own database: its own variable, or the database of the given name on the server of `DATABASE_URL`. */
export function databaseConfig(urlVariable: string, databaseName: string): ConfigPart<DatabaseConfig> {
  return {
    variables: {
      databaseUrl: {
        name: urlVariable,
        meaning: `PostgreSQL database ${databaseName}; else that database on the server of DATABASE_URL`,
        derivedFrom: { name: 'DATABASE_URL', derive: (text) => withDatabase(text, databaseName) },
        schema: urlText(postgresProtocols, `postgresql://user@127.0.0.1:5432/${databaseName}`),
        fix: 'Start with ./scripts/dev, which sets it, or give the URL of a server.',
      },
    },
    warn: ({ databaseUrl }) =>
      plaintextWarning(urlVariable, databaseUrl, /[?&]sslmode=(require|verify-ca|verify-full)/.test(databaseUrl)),
  }
}

export interface SagaConfig {
  readonly stepTimeoutMs: number
  readonly undoAttempts: number
  readonly undoBackoffMs: number
  readonly nudgeAfterMs: number
}

export const sagaConfig: ConfigPart<SagaConfig> = {
  variables: {
    stepTimeoutMs: {
      name: 'SAGA_STEP_TIMEOUT_MS',
      meaning: 'default deadline of a saga step, in milliseconds; each step may set its own',
      default: '30000',
      schema: wholeNumber(1, maxWaitMs),
      fix: 'Leave it out for 30 seconds.',
    },
    undoAttempts: {
      name: 'SAGA_UNDO_ATTEMPTS',
      meaning: 'how often a refused compensation is tried before a person is asked',
      default: '10',
      schema: wholeNumber(1, 1000),
      fix: 'Leave it out for 10 attempts.',
    },
    undoBackoffMs: {
      name: 'SAGA_UNDO_BACKOFF_MS',
      meaning: 'first wait between those attempts, in milliseconds; it doubles, with jitter',
      default: '1000',
      schema: wholeNumber(1, maxWaitMs),
      fix: 'Leave it out for one second.',
    },
    nudgeAfterMs: {
      name: 'SAGA_NUDGE_AFTER_MS',
      meaning: 'a step without a reply asks again after this many milliseconds, with backoff',
      default: '5000',
      schema: wholeNumber(1, maxWaitMs),
      fix: 'Leave it out for 5 seconds.',
    },
  },
  warn: ({ nudgeAfterMs, stepTimeoutMs }) =>
    nudgeAfterMs < stepTimeoutMs
      ? []
      : ['SAGA_NUDGE_AFTER_MS is not below SAGA_STEP_TIMEOUT_MS: a lost reply is first asked for at the deadline.'],
}

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
      schema: wholeNumber(1, maxWaitMs),
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

export interface OperatorConfig {
  readonly operatorToken: string | undefined
}

/** Below this a token can be found by trying. */
const shortestSafeToken = 16

export const operatorConfig: ConfigPart<OperatorConfig> = {
  variables: {
    operatorToken: {
      name: 'OPERATOR_TOKEN',
      meaning: 'bearer token for operator actions; without one they are allowed from this machine only',
      optional: true,
      secret: true,
      schema: visibleText(255),
      fix: 'Give a long random text without blanks, for example from `openssl rand -hex 32`.',
    },
  },
  warn: ({ operatorToken }) =>
    operatorToken !== undefined && operatorToken.length < shortestSafeToken
      ? [
          `OPERATOR_TOKEN has ${operatorToken.length} characters: fewer than ${shortestSafeToken} can be found by trying.`,
        ]
      : [],
}

export interface EmbeddedServersConfig {
  readonly natsUrl: string | undefined
  readonly databaseUrl: string | undefined
  readonly natsPort: number | undefined
  readonly postgresPort: number | undefined
}

/** Read by the scripts that start the embedded servers, not by a service. */
export const embeddedServersConfig: ConfigPart<EmbeddedServersConfig> = {
  variables: {
    natsUrl: {
      name: 'NATS_URL',
      meaning: 'a NATS server with JetStream, nats://host:port; without one ./scripts/dev starts its own',
      optional: true,
      schema: urlList(natsProtocols, 'nats://127.0.0.1:4222'),
      fix: 'Leave it out to have one started.',
    },
    databaseUrl: {
      name: 'DATABASE_URL',
      meaning: 'a PostgreSQL server, on which each service gets a database; without one ./scripts/dev starts its own',
      optional: true,
      schema: urlText(postgresProtocols, 'postgresql://user@127.0.0.1:5432/postgres'),
      fix: 'Leave it out to have one started.',
    },
    natsPort: {
      name: 'NATS_PORT',
      meaning: 'port of the NATS server that ./scripts/dev starts; any free one when absent',
      optional: true,
      schema: wholeNumber(1, 65_535),
      fix: 'Leave it out for any free port.',
    },
    postgresPort: {
      name: 'POSTGRES_PORT',
      meaning: 'port of the PostgreSQL server that ./scripts/dev starts; any free one when absent',
      optional: true,
      schema: wholeNumber(1, 65_535),
      fix: 'Leave it out for any free port.',
    },
  },
}
