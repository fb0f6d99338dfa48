import { tasks } from '@skald/messaging'
import { decide, MemoryRows, messageOf } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { A, onHand, product, stock, stockOf } from '../../test/stock.ts'
import { adjustments, products } from '../stock/stock-tables.ts'
import { adjustStock } from './adjust-stock.ts'
import { ANNOUNCE_CHANGE, type PutProduct, putProduct } from './put-product.ts'

const price = { amount: 500, currency: 'EUR' }
const put = (rows: MemoryRows, data: Partial<PutProduct> = {}) =>
  decide(rows, putProduct, messageOf('put', { sku: A, name: 'Lamp', price, ...data }))

describe('putting a product', () => {
  test('makes a new one with what is on hand, and announces it as version 1', () => {
    const rows = new MemoryRows()
    const { says, reply } = put(rows, { onHand: 7 })
    expect(reply).toMatchObject({
      kind: 'created',
      product: { sku: A, name: 'Lamp', price, onHand: 7, reserved: 0, available: 7, version: 1 },
    })
    expect(says).toMatchObject([{ type: 'product.updated.v1', subject: A, data: { sku: A, price, version: 1 } }])
  })

  test('keeps the announcement as a task that holds the very event that was said', () => {
    const rows = new MemoryRows()
    const { says } = put(rows, { onHand: 7 })
    expect(rows.all(tasks)).toMatchObject([
      { kind: ANNOUNCE_CHANGE, body: { source: '/inventory-service', ...says?.[0] } },
    ])
  })

  test('refuses a new one that does not say how many there are', () => {
    const rows = new MemoryRows()
    expect(put(rows).reply).toEqual({ kind: 'on-hand-missing' })
    expect(rows.all(products)).toEqual([])
  })

  test('refuses to set the stock of an existing one', () => {
    const rows = stock({ [A]: 3 })
    expect(put(rows, { onHand: 7 })).toEqual({ reply: { kind: 'on-hand-given' } })
    expect(stockOf(rows)).toEqual({ [A]: [3, 0] })
  })

  test('that changes name or price counts and announces the change, and leaves the stock', () => {
    const rows = stock({ [A]: 3 })
    const { says, reply } = put(rows)
    expect(reply).toMatchObject({ kind: 'kept', product: { name: 'Lamp', price, version: 2, onHand: 3 } })
    expect(says).toMatchObject([{ data: { version: 2 } }])
    expect(put(rows, { price: { amount: 501, currency: 'EUR' } }).says).toMatchObject([{ data: { version: 3 } }])
  })

  test('that changes nothing announces nothing', () => {
    const rows = stock({ [A]: 3 })
    rows.put(products, product(A, { name: 'Lamp', amount: price.amount }))
    const { says, reply } = put(rows)
    expect(says).toBeUndefined()
    expect(reply).toMatchObject({ kind: 'kept', product: { version: 1 } })
    expect(rows.all(tasks)).toEqual([])
  })
})

const adjust = (rows: MemoryRows, quantity: number, adjustmentId = `key/${quantity}`, digest = `${quantity}`) =>
  decide(rows, adjustStock, messageOf('adjust', { sku: A, quantity, reason: 'counted', digest, adjustmentId }))

describe('adjusting stock', () => {
  test('adds and takes away, and keeps the reason', () => {
    const rows = stock({ [A]: 3 })
    expect(adjust(rows, 4).reply).toMatchObject({ kind: 'adjusted', product: { onHand: 7, available: 7 } })
    expect(adjust(rows, -7).reply).toMatchObject({ kind: 'adjusted', product: { onHand: 0 } })
    expect(rows.all(adjustments)).toMatchObject([
      { sku: A, quantity: 4, reason: 'counted' },
      { sku: A, quantity: -7, reason: 'counted' },
    ])
  })

  test('never takes what is reserved', () => {
    const rows = stock({ [A]: 5 })
    onHand(rows, A, 5, { reserved: 3 })
    expect(adjust(rows, -3).reply).toEqual({ kind: 'reserved', onHand: 5, reserved: 3 })
    expect(adjust(rows, -2).reply).toMatchObject({ kind: 'adjusted', product: { available: 0 } })
  })

  test('with a key used before answers as the first time and changes nothing', () => {
    const rows = stock({ [A]: 3 })
    const first = adjust(rows, 4, 'key/1')
    adjust(rows, 1, 'key/2')
    expect(adjust(rows, 4, 'key/1').reply).toEqual(first.reply)
    expect(stockOf(rows)).toEqual({ [A]: [8, 0] })
  })

  test('refuses a key that was used for another adjustment', () => {
    const rows = stock({ [A]: 3 })
    adjust(rows, 4, 'key/1')
    expect(adjust(rows, 5, 'key/1').reply).toEqual({ kind: 'key-reused' })
    expect(stockOf(rows)).toEqual({ [A]: [7, 0] })
  })

  test('refuses an unknown product, and more than can be counted', () => {
    expect(adjust(new MemoryRows(), 1).reply).toEqual({ kind: 'unknown' })
    expect(adjust(stock({ [A]: Number.MAX_SAFE_INTEGER }), 1).reply).toEqual({ kind: 'too-many' })
  })
})
