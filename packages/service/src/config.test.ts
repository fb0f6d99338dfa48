import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  alertConfig,
  ConfigError,
  type ConfigFault,
  commonConfig,
  configWarnings,
  databaseConfig,
  describeConfig,
  documentedVariables,
  type Environment,
  exampleNames,
  httpConfig,
  loadConfig,
  operatorConfig,
  paymentConfig,
  sagaConfig,
  serviceConfig,
  serviceNames,
  unknownVariables,
} from './index.ts'

const everything = [...serviceConfig('order-service'), paymentConfig, sagaConfig, alertConfig, operatorConfig] as const
const needed = { NATS_URL: 'nats://127.0.0.1:4222', DATABASE_URL: 'postgresql://postgres@127.0.0.1:5432/postgres' }

function faultsOf(env: Environment): readonly ConfigFault[] {
  try {
    loadConfig(everything, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

test('what is not set has its documented default', () => {
  expect(loadConfig(everything, needed)).toEqual({
    home: `${process.cwd()}/.skald`,
    natsUrl: 'nats://127.0.0.1:4222',
    logLevel: 'info',
    participants: [],
    httpHost: '127.0.0.1',
    httpPort: 3004,
    databaseUrl: 'postgresql://postgres@127.0.0.1:5432/order_db',
    useSimulatedPayment: true,
    paymentSuccessRate: 0.9,
    gatewayRetryMs: 100,
    stripeApiKey: undefined,
    stripeApiBase: 'https://api.stripe.com',
    stepTimeoutMs: 30_000,
    undoAttempts: 10,
    undoBackoffMs: 1_000,
    nudgeAfterMs: 5_000,
    startLimit: 4_000,
    stuckAfterMs: 120_000,
    serviceLevels: [],
    archiveAfterMs: 900_000,
    archiveKeepDays: undefined,
    alertWebhookUrl: undefined,
    alertWebhookSecret: undefined,
    operatorToken: undefined,
  })
})

test('an empty variable is an absent one', () => {
  expect(loadConfig(everything, { ...needed, ORDER_PORT: '', OPERATOR_TOKEN: '' })).toMatchObject({
    httpPort: 3004,
    operatorToken: undefined,
  })
})

test.for([
  ['ORDER_PORT', '12abc'],
  ['ORDER_PORT', '0x10'],
  ['ORDER_PORT', '1e3'],
  ['ORDER_PORT', ' 3004'],
  ['ORDER_PORT', '-1'],
  ['ORDER_PORT', '65536'],
  ['ORDER_PORT', '3004.5'],
  ['SAGA_STEP_TIMEOUT_MS', '0'],
  ['SAGA_STEP_TIMEOUT_MS', 'Infinity'],
  ['SAGA_UNDO_ATTEMPTS', '9007199254740993'],
  ['PAYMENT_SUCCESS_RATE', '1.1'],
  ['PAYMENT_SUCCESS_RATE', '90%'],
  ['PAYMENT_SUCCESS_RATE', '0,9'],
  ['USE_SIMULATED_PAYMENT', 'yes'],
  ['USE_SIMULATED_PAYMENT', 'TRUE'],
  ['LOG_LEVEL', 'verbose'],
  ['NATS_URL', '127.0.0.1:4222'],
  ['NATS_URL', 'http://127.0.0.1'],
  ['NATS_URL', 'ws://127.0.0.1:8080'],
  ['ORDER_DATABASE_URL', 'mysql://127.0.0.1/order_db'],
  ['DATABASE_URL', 'not a url'],
  ['STRIPE_API_BASE', 'ftp://stripe'],
  ['OPERATOR_TOKEN', 'two words'],
  ['SKALD_HOME', '/tmp/a\nb'],
] as const)('%s=%j is refused, not turned into something else', ([name, text]) => {
  const faults = faultsOf({ ...needed, [name]: text })
  expect(faults.map((fault) => fault.name)).toEqual([name])
  expect(faults[0]?.fix).toMatch(/\w{3,}/)
})

test('service levels are read by definition and state, up to the most', () => {
  const levelsOf = (text: string) => loadConfig([sagaConfig], { SAGA_SERVICE_LEVELS: text }).serviceLevels
  expect(levelsOf(' order=10m  order/takingPayment=500ms parcel/a.b=2d')).toEqual([
    { definition: 'order', state: '', limitMs: 600_000 },
    { definition: 'order', state: 'takingPayment', limitMs: 500 },
    { definition: 'parcel', state: 'a.b', limitMs: 172_800_000 },
  ])
  const many = (count: number) => Array.from({ length: count }, (_, index) => `order/s${index}=1s`).join(' ')
  expect(levelsOf(many(50))).toHaveLength(50)
  for (const text of [
    many(51),
    'order=1s order=2s',
    'order',
    'order=1',
    'order=0s',
    'Order=1s',
    'order=367d',
    'order/=1s',
    'order=1.5s',
  ])
    expect(faultsOf({ ...needed, SAGA_SERVICE_LEVELS: text })).toMatchObject([{ name: 'SAGA_SERVICE_LEVELS' }])
})

test('alerts need a secret that cannot be found by trying, and none is printed', () => {
  const url = 'https://hooks.example.com/key-in-the-path'
  expect(faultsOf({ ...needed, ALERT_WEBHOOK_URL: url })).toMatchObject([{ name: 'ALERT_WEBHOOK_SECRET' }])
  expect(faultsOf({ ...needed, ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: 'x'.repeat(15) })).toMatchObject([
    { name: 'ALERT_WEBHOOK_SECRET', given: '(secret, 15 characters)' },
  ])
  const config = loadConfig([alertConfig], { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: 'x'.repeat(16) })
  expect(JSON.stringify(describeConfig([alertConfig], config))).not.toMatch(/key-in-the-path|xxxx/)
  expect(faultsOf({ ...needed, ALERT_WEBHOOK_URL: 'ftp://h' })).toMatchObject([{ name: 'ALERT_WEBHOOK_URL' }])
})

test('all faults are listed at once, each with what was given and the fix', () => {
  const faults = faultsOf({ ORDER_PORT: '12abc', LOG_LEVEL: 'loud', SAGA_UNDO_ATTEMPTS: 'many' })
  expect(faults.map(({ name }) => name)).toEqual([
    'NATS_URL',
    'LOG_LEVEL',
    'ORDER_PORT',
    'ORDER_DATABASE_URL',
    'SAGA_UNDO_ATTEMPTS',
  ])
  const { message } = new ConfigError(faults)
  expect(message).toContain('5 faults')
  expect(message).toContain('ORDER_PORT is "12abc", but must be a whole number from 0 to 65535. Leave it out for 3004.')
  expect(message).toContain('ORDER_DATABASE_URL is not set, but must be set (or DATABASE_URL).')
})

test('a fault in DATABASE_URL is said of DATABASE_URL, once', () => {
  expect(faultsOf({ ...needed, DATABASE_URL: 'localhost' }).map(({ name }) => name)).toEqual(['DATABASE_URL'])
})

test.for([
  ['postgresql://u:p@h:5433/x?sslmode=require', 'postgresql://u:p@h:5433/order_db?sslmode=require'],
  ['postgres://h', 'postgres://h/order_db'],
  ['postgresql:///?host=/var/run/postgresql', 'postgresql:///order_db?host=/var/run/postgresql'],
])('DATABASE_URL=%s leads to the database of the service', ([given, derived]) => {
  expect(loadConfig(everything, { ...needed, DATABASE_URL: given }).databaseUrl).toBe(derived)
})

test("a service's own database URL is taken as it is", () => {
  const own = 'postgresql://u@h/other'
  expect(loadConfig(everything, { ...needed, ORDER_DATABASE_URL: own }).databaseUrl).toBe(own)
})

test('the real gateway needs a key, and an empty one is none', () => {
  const env = { ...needed, USE_SIMULATED_PAYMENT: 'false' }
  expect(faultsOf({ ...env, STRIPE_API_KEY: '' }).map(({ name }) => name)).toEqual(['STRIPE_API_KEY'])
  expect(faultsOf({ ...env, STRIPE_API_KEY: 'sk_test_1' })).toEqual([])
})

test('no secret is printed, neither in a fault nor in the description', () => {
  const secrets = {
    NATS_URL: 'nats://svc:canary-nats@n:4222,nats://canary-token@m:4222',
    DATABASE_URL: 'postgresql://u:canary-pg@h/x?password=canary-query',
    STRIPE_API_KEY: 'canary-stripe',
    OPERATOR_TOKEN: 'canary-operator',
  }
  const described = describeConfig(everything, loadConfig(everything, secrets))
  expect(JSON.stringify(described)).not.toContain('canary')
  expect(described).toMatchObject({ OPERATOR_TOKEN: '(secret)', NATS_URL: 'nats://***@n:4222,nats://***@m:4222' })

  const broken = {
    NATS_URL: 'nats//svc:canary-nats@n:4222',
    DATABASE_URL: 'postgresql//u:canary-pg@h',
    STRIPE_API_KEY: 'canary stripe',
    OPERATOR_TOKEN: 'canary operator',
  }
  const faults = faultsOf(broken)
  expect(faults).toHaveLength(4)
  expect(JSON.stringify(faults) + new ConfigError(faults).message).not.toContain('canary')
})

test('what is allowed but seldom meant is warned of', () => {
  const config = loadConfig(everything, {
    NATS_URL: 'nats://nats.example:4222,tls://nats.example:4223',
    DATABASE_URL: 'postgresql://pg.example/x',
    SAGA_NUDGE_AFTER_MS: '60000',
    OPERATOR_TOKEN: 'short',
  })
  const warnings = configWarnings(everything, config)
  expect(warnings.map((text) => text.split(' ')[0])).toEqual([
    'NATS_URL',
    'ORDER_DATABASE_URL',
    'SAGA_NUDGE_AFTER_MS',
    'OPERATOR_TOKEN',
  ])
  expect(configWarnings(everything, loadConfig(everything, needed))).toEqual([])
})

test('participants are named by families of messages, once each, and by no name that is taken', () => {
  const given = (text: string) => ({ ...needed, SKALD_PARTICIPANTS: text })
  expect(loadConfig(everything, given('trip,crm-2')).participants).toEqual(['trip', 'crm-2'])
  for (const text of ['Trip', 'trip;crm', 'trip,', 'trip.hotel', 'trip,trip', 'order', 'trip,starts', '-x']) {
    expect(faultsOf(given(text)).map(({ name }) => name)).toEqual(['SKALD_PARTICIPANTS'])
  }
})

test('a slip in the name of one of our variables is found, and variables of others are left alone', () => {
  expect(
    unknownVariables({
      ...needed,
      SAGA_STEP_TIMOUT_MS: '1',
      NATS_SERVICE_HOST: 'h',
      NATS_PORT_4222_TCP: 'x',
      PORT: '1',
    }),
  ).toEqual(['SAGA_STEP_TIMOUT_MS'])
})

test('each service composes its configuration of parts', () => {
  const parts = [
    commonConfig,
    httpConfig('COUNTER_PORT', 4000),
    databaseConfig('COUNTER_DATABASE_URL', 'counter'),
  ] as const
  expect(loadConfig(parts, { ...needed, COUNTER_PORT: '0' })).toMatchObject({
    httpPort: 0,
    databaseUrl: 'postgresql://postgres@127.0.0.1:5432/counter',
  })
  const ports = [...serviceNames, ...exampleNames].map((name) => loadConfig(serviceConfig(name), needed).httpPort)
  expect(ports).toEqual([3004, 3005, 3006, 3007, 3008])
})

test('.env.example names every variable, with its default and meaning', () => {
  const text = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
  const documented = documentedVariables().map(
    (variable) => `# ${variable.meaning}\n#${variable.name}=${variable.default ?? ''}\n`,
  )
  const [, ...entries] = text.split('\n\n').map((entry) => `${entry.trimEnd()}\n`)
  expect(entries).toEqual(documented)
})
