import { ConfigError } from '@skald/service'
import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

const home = { SKALD_HOME: '/tmp/skald-settings' }

/** The names of the variables that are at fault. */
function faultsOf(env: Record<string, string>): string[] {
  try {
    readSettings({ ...home, ...env })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ name }) => name).toSorted()
    throw error
  }
}

test('needs no variable at all', () => {
  const { servers, services } = readSettings(home)
  expect(servers.natsUrl).toBeUndefined()
  expect(services.map(({ name, port, databaseUrl }) => [name, port, databaseUrl])).toEqual([
    ['order-service', 3004, undefined],
    ['payment-service', 3005, undefined],
    ['inventory-service', 3006, undefined],
    ['saga-coordinator', 3007, undefined],
  ])
})

test('tells the faults of all processes at once, each once', () => {
  const env = {
    ORDER_PORT: '70000',
    POSTGRES_PORT: 'x',
    PAYMENT_SUCCESS_RATE: '2',
    SAGA_UNDO_ATTEMPTS: '-1',
    LOG_LEVEL: 'loud',
  }
  expect(faultsOf(env)).toEqual(Object.keys(env).toSorted())
})

test('refuses one port for two processes, whichever they are', () => {
  expect(faultsOf({ ORDER_PORT: '3005' })).toEqual(['PAYMENT_PORT'])
  expect(faultsOf({ NATS_PORT: '3007' })).toEqual(['NATS_PORT'])
  expect(faultsOf({ NATS_PORT: '5432', POSTGRES_PORT: '5432' })).toEqual(['POSTGRES_PORT'])
})

test('hands settings of the embedded PostgreSQL on, and refuses what is none', () => {
  const { servers } = readSettings({ ...home, POSTGRES_SETTINGS: 'shared_buffers=1GB  pg_stat_statements.save=off' })
  expect(servers.postgresSettings).toEqual({ shared_buffers: '1GB', 'pg_stat_statements.save': 'off' })
  for (const wrong of ['shared_buffers', '=1GB', 'shared_buffers = 1GB', '-c fsync=off', 'work_mem=1MB,fsync=off x']) {
    expect(faultsOf({ POSTGRES_SETTINGS: wrong })).toEqual(['POSTGRES_SETTINGS'])
  }
})

test('refuses port 0: nobody would know where the service is', () => {
  expect(faultsOf({ INVENTORY_PORT: '0' })).toEqual(['INVENTORY_PORT'])
})

test('derives the databases from one server, and lets one of them lie elsewhere', () => {
  const { services } = readSettings({
    ...home,
    DATABASE_URL: 'postgresql://u:p@127.0.0.1:5432/postgres',
    SAGA_DATABASE_URL: 'postgresql://u:p@127.0.0.1:6432/sagas',
  })
  expect(services.map(({ databaseUrl }) => new URL(databaseUrl ?? '').pathname)).toEqual([
    '/order_db',
    '/payment_db',
    '/inventory_db',
    '/sagas',
  ])
})

test('takes an empty variable for an absent one', () => {
  const { servers, services } = readSettings({ ...home, DATABASE_URL: '', NATS_URL: '', ORDER_PORT: '' })
  expect(servers.natsUrl).toBeUndefined()
  expect(services[0]).toEqual({ name: 'order-service', port: 3004, databaseUrl: undefined })
})
