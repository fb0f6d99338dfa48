import { tasks } from '@skald/messaging'
import { NOW_MS } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { catalogue, ORDER, orderOf, place, product, SAGA } from '../../test/orders.ts'
import { productCopies } from '../catalogue/catalogue-tables.ts'
import { ANNOUNCE_ORDER } from '../orders/announcements.ts'
import { idempotency, orders } from '../orders/order-tables.ts'

const lampAndRug = () => catalogue(product('lamp', 500), product('rug', 1_999))

describe('placing an order', () => {
  test('prices it from the catalogue, keeps it as PENDING and says that it was created', () => {
    const rows = lampAndRug()
    const items = [
      { sku: 'lamp', quantity: 2 },
      { sku: 'rug', quantity: 1 },
    ]
    const { says, reply } = place(rows, { items, paymentMethod: 'sim_approved' })
    const total = { amount: 2_999, currency: 'EUR' }
    expect(reply).toEqual({ kind: 'placed', order: { orderId: ORDER, sagaId: SAGA, status: 'PENDING', total } })
    const priced = [
      { sku: 'lamp', quantity: 2, price: { amount: 500, currency: 'EUR' } },
      { sku: 'rug', quantity: 1, price: { amount: 1_999, currency: 'EUR' } },
    ]
    expect(says).toEqual([
      {
        type: 'order.created.v1',
        subject: ORDER,
        data: {
          orderId: ORDER,
          sagaId: SAGA,
          customerId: 'customer-1',
          items: priced,
          total,
          paymentMethod: 'sim_approved',
        },
      },
    ])
    expect(orderOf(rows)).toMatchObject({ status: 'PENDING', items: priced, total_amount: 2_999, created_at: NOW_MS })
  })

  test('leaves a task that announces it again after half a minute, unless it ended by then', () => {
    const rows = lampAndRug()
    place(rows)
    expect(rows.all(tasks)).toMatchObject([{ kind: ANNOUNCE_ORDER, due_at: NOW_MS + 10_000, body: { orderId: ORDER } }])
  })

  test('keeps the price of the moment, whatever the product costs later', () => {
    const rows = lampAndRug()
    place(rows)
    rows.put(productCopies, { ...product('lamp', 900), version: 2 })
    expect(orderOf(rows)?.total_amount).toBe(1_000)
  })

  test('of unknown products names each of them once and keeps nothing', () => {
    const rows = lampAndRug()
    const items = ['chair', 'lamp', 'sofa', 'chair'].map((sku) => ({ sku, quantity: 1 }))
    const { says, reply } = place(rows, { items })
    expect(reply).toEqual({ kind: 'unknown-skus', skus: ['chair', 'sofa'] })
    expect(says).toBeUndefined()
    expect(rows.all(orders)).toEqual([])
    expect(rows.all(tasks)).toEqual([])
  })

  test('of products priced in several currencies is refused', () => {
    const rows = catalogue(product('lamp', 500), product('rug', 1_999, 'USD'))
    const items = ['lamp', 'rug'].map((sku) => ({ sku, quantity: 1 }))
    expect(place(rows, { items }).reply).toEqual({ kind: 'mixed-currencies', currencies: ['EUR', 'USD'] })
  })

  test.each([
    ['one line', [{ sku: 'gold', quantity: 2 }]],
    [
      'the sum of its lines',
      [
        { sku: 'gold', quantity: 1 },
        { sku: 'lamp', quantity: 1 },
      ],
    ],
  ])('whose total cannot be counted, by %s, is refused', (_by, items) => {
    const rows = catalogue(product('lamp', 1), product('gold', Number.MAX_SAFE_INTEGER))
    expect(place(rows, { items }).reply).toEqual({ kind: 'total-too-large' })
  })

  test('with the highest total that can be counted is taken', () => {
    const rows = catalogue(product('gold', Number.MAX_SAFE_INTEGER))
    const { reply } = place(rows, { items: [{ sku: 'gold', quantity: 1 }] })
    expect(reply).toMatchObject({ kind: 'placed', order: { total: { amount: Number.MAX_SAFE_INTEGER } } })
  })
})

describe('an Idempotency-Key', () => {
  const repeatable = { key: 'key-1', digest: 'digest-1' }

  test('with the same body is answered as the first time, without another order', () => {
    const rows = lampAndRug()
    const first = place(rows, { repeatable })
    rows.put(productCopies, { ...product('lamp', 900), version: 2 })
    const second = place(rows, { repeatable, id: 'order-2' })
    expect(second.reply).toEqual(first.reply)
    expect(second.says).toBeUndefined()
    expect(rows.all(orders)).toHaveLength(1)
  })

  test('with another body is refused', () => {
    const rows = lampAndRug()
    place(rows, { repeatable })
    const second = place(rows, { repeatable: { ...repeatable, digest: 'digest-2' }, id: 'order-2' })
    expect(second.reply).toEqual({ kind: 'key-reused' })
    expect(rows.all(orders)).toHaveLength(1)
  })

  test('of a refused order is free: the request may succeed once its cause is mended', () => {
    const rows = lampAndRug()
    const items = [{ sku: 'chair', quantity: 1 }]
    expect(place(rows, { items, repeatable }).reply.kind).toBe('unknown-skus')
    expect(rows.all(idempotency)).toEqual([])
    rows.put(productCopies, product('chair', 100))
    expect(place(rows, { items, repeatable }).reply.kind).toBe('placed')
  })
})
