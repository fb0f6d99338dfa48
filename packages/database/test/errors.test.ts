import { StoreError } from '@skald/messaging'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { toStoreError } from '../src/index.ts'

const fromServer = (code: string, routine = ''): pg.DatabaseError => {
  const error = new pg.DatabaseError('as the server said it', 0, 'error')
  return Object.assign(error, { code, routine, severity: 'ERROR' })
}

const connectionError = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code })

describe('an error of the database', () => {
  it.each([
    ['08006', 'the connection failed'],
    ['40001', 'serialization'],
    ['40P01', 'a deadlock'],
    ['53100', 'the disk is full'],
    ['53300', 'too many connections'],
    ['55P03', 'no lock in time'],
    ['57014', 'no answer in time'],
    ['57P01', 'the server shuts down'],
    ['57P03', 'the server starts up'],
    ['58030', 'an input/output error'],
    ['23505', 'somebody else was first'],
    ['23503', 'what it refers to is not there yet'],
    ['25P03', 'the process slept in a transaction'],
    ['XX000', 'an error inside the server'],
    ['ZZ999', 'a code that nobody knows'],
  ])('%s is transient: %s', (code) => {
    expect(toStoreError(fromServer(code))).toMatchObject({ fault: 'transient', code })
  })

  it.each([
    ['22001', 'too long'],
    ['22003', 'a number out of range'],
    ['22021', 'a character that cannot be stored'],
    ['22P02', 'not of the type'],
    ['23502', 'null where something must be'],
    ['23514', 'against a check'],
    ['21000', 'one key twice'],
    ['54000', 'an index entry too large'],
    ['P0001', 'refused by a trigger'],
  ])('%s is refused: %s', (code) => {
    expect(toStoreError(fromServer(code))).toMatchObject({ fault: 'refused', code })
  })

  it.each([
    ['42P01', 'no such table'],
    ['42703', 'no such column'],
    ['42501', 'no permission'],
    ['28P01', 'the wrong password'],
    ['3D000', 'no such database'],
    ['3F000', 'no such schema'],
    ['0A000', 'not supported'],
  ])('%s is broken: %s', (code) => {
    expect(toStoreError(fromServer(code))).toMatchObject({ fault: 'broken', code })
  })

  it.each([
    ['26000', ''],
    ['0A000', 'RevalidateCachedQuery'],
  ])('%s is transient when a prepared statement outlived its table: a new connection knows better', (code, routine) => {
    expect(toStoreError(fromServer(code, routine)).fault).toBe('transient')
  })
})

describe('an error of the connection', () => {
  it.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'])('%s is transient', (code) => {
    expect(toStoreError(connectionError(code))).toMatchObject({ fault: 'transient', code })
  })

  it.each(['Connection terminated unexpectedly', 'timeout expired', 'Query read timeout'])(
    '"%s" is transient',
    (said) => {
      expect(toStoreError(new Error(said))).toMatchObject({ fault: 'transient', message: said, code: undefined })
    },
  )
})

it('a store error stays what it is', () => {
  const error = new StoreError('refused', 'too large')
  expect(toStoreError(error)).toBe(error)
})
