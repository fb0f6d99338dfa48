import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabases, urlsOf } from './databases.ts'

it('derives the address of each database from the one of the server', () => {
  expect(urlsOf({ DATABASE_URL: 'postgresql://u:p@db:5432/any?sslmode=require' })).toEqual({
    order: 'postgresql://u:p@db:5432/order_db?sslmode=require',
    payment: 'postgresql://u:p@db:5432/payment_db?sslmode=require',
    inventory: 'postgresql://u:p@db:5432/inventory_db?sslmode=require',
    saga: 'postgresql://u:p@db:5432/saga_db?sslmode=require',
    trip: 'postgresql://u:p@db:5432/trip_db?sslmode=require',
  })
})

it('takes the address of a single database before the one of the server', () => {
  const { saga, order } = urlsOf({ DATABASE_URL: 'postgresql://db/x', SAGA_DATABASE_URL: 'postgresql://other/sagas' })

  expect([saga, order]).toEqual(['postgresql://other/sagas', 'postgresql://db/order_db'])
})

it('finds the server of a running ./scripts/dev in its home', () => {
  const home = mkdtempSync(join(tmpdir(), 'skald-verify-'))
  try {
    mkdirSync(join(home, 'run'))
    writeFileSync(join(home, 'run', 'access.json'), JSON.stringify({ postgresUrl: 'postgresql://127.0.0.1:5555' }))

    expect(urlsOf({ SKALD_HOME: home }).payment).toBe('postgresql://127.0.0.1:5555/payment_db')
  } finally {
    rmSync(home, { recursive: true })
  }
})

it('says how to give an address when there is none', () => {
  expect(() => urlsOf({ SKALD_HOME: '/nowhere' })).toThrow(
    'no database to verify: start ./scripts/dev, or set DATABASE_URL or ORDER_DATABASE_URL',
  )
})

it('says that an address is none, without repeating it', () => {
  expect(() => urlsOf({ DATABASE_URL: '//:secret' })).toThrow(/^DATABASE_URL is no URL; give one like postgresql:/)
})

it('says which database cannot be read, where, and what to do, without the password', async () => {
  // Nobody listens on port 1; such an address is left behind when ./scripts/dev is killed.
  const asking = openDatabases({ DATABASE_URL: 'postgresql://user:secret@127.0.0.1:1/any' })

  await expect(asking).rejects.toThrow(
    /^database \w+_db at 127\.0\.0\.1:1 cannot be read \(.*ECONNREFUSED.*\): start .\/scripts\/dev, or mend DATABASE_URL or \w+_DATABASE_URL$/,
  )
  await expect(asking).rejects.not.toThrow(/secret/)
})
