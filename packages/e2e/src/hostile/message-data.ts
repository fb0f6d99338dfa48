import { cloudEvent, type HostileMessage, wireOf } from './message.ts'

/* Messages whose envelope is right and whose data is not. */

const order = 'nobody'
const money = { amount: 100, currency: 'EUR' }
const line = { sku: 'e2e-hostile', quantity: 1 }
const created = {
  orderId: order,
  customerId: 'm',
  items: [{ ...line, price: money }],
  total: money,
}

type Row = readonly [what: string, data: unknown]

const tables: Readonly<Record<string, readonly Row[]>> = {
  'order.created.v1': [
    ['a negative total', { ...created, total: { amount: -100, currency: 'EUR' } }],
    ['a total beyond what is counted', { ...created, total: { amount: 2 ** 53, currency: 'EUR' } }],
    ['a total with cents behind a point', { ...created, total: { amount: 0.5, currency: 'EUR' } }],
    ['a total that is text', { ...created, total: { amount: '100', currency: 'EUR' } }],
    ['a currency in small letters', { ...created, total: { amount: 100, currency: 'eur' } }],
    ['no items', { ...created, items: [] }],
    ['101 items', { ...created, items: Array.from({ length: 101 }, () => created.items[0]) }],
    ['an item without a price', { ...created, items: [line] }],
    ['an order of 65 characters', { ...created, orderId: 'o'.repeat(65) }],
    ['an order with a blank', { ...created, orderId: 'a b' }],
    ['a payment method that is an object', { ...created, paymentMethod: {} }],
  ],
  'payment.confirmed.v1': [
    ['no amount', { orderId: order }],
    ['a negative amount', { orderId: order, amount: { amount: -1, currency: 'EUR' } }],
    ['a reference with a line break', { orderId: order, amount: money, gatewayReference: 'a\nb' }],
  ],
  'inventory.failed.v1': [
    ['no reason', { orderId: order, missing: [] }],
    ['a reason of 501 characters', { orderId: order, reason: 'r'.repeat(501), missing: [] }],
    [
      'something missing less than not at all',
      { orderId: order, reason: 'x', missing: [{ sku: 'a', requested: 1, available: -1 }] },
    ],
  ],
  'order.cancel-requested.v1': [['an order that is a number', { orderId: 7 }]],
  'order.failed.v1': [['an effect that is empty', { orderId: order, reason: 'x', effect: '' }]],
  'product.updated.v1': [
    ['version zero', { sku: 'fake', name: 'fake', price: money, version: 0 }],
    ['a negative price', { sku: 'fake', name: 'fake', price: { amount: -1, currency: 'EUR' }, version: 1 }],
    ['a sku with a slash', { sku: '../fake', name: 'fake', price: money, version: 1 }],
    ['a name with a line break', { sku: 'fake', name: 'a\nb', price: money, version: 1 }],
  ],
  'order.confirm.v1': [['an order that is a list', { orderId: [order] }]],
  'order.cancel.v1': [['no reason', { orderId: order }]],
  'order.fail.v1': [['no effect', { orderId: order, reason: 'x' }]],
  'payment.charge.v1': [
    ['a negative amount', { orderId: order, amount: { amount: -1, currency: 'EUR' } }],
    ['a huge amount', { orderId: order, amount: { amount: 1e300, currency: 'EUR' } }],
    ['a payment method with a blank', { orderId: order, amount: money, paymentMethod: 'sim approved' }],
  ],
  'payment.refund.v1': [['an amount without a currency', { orderId: order, amount: { amount: 1 } }]],
  'inventory.reserve.v1': [
    ['a negative quantity', { orderId: order, items: [{ sku: 'e2e-hostile', quantity: -1 }] }],
    ['a quantity above a million', { orderId: order, items: [{ sku: 'e2e-hostile', quantity: 1_000_001 }] }],
    ['no items', { orderId: order, items: [] }],
    ['items that are text', { orderId: order, items: 'e2e-hostile' }],
  ],
  'inventory.release.v1': [['items without a quantity', { orderId: order, items: [{ sku: 'e2e-hostile' }] }]],
  'inventory.commit.v1': [['no order', {}]],
  'product.announce.v1': [
    ['a page of zero', { limit: 0 }],
    ['a page of a million', { limit: 1_000_000 }],
    ['a place that is no sku', { limit: 1, after: ' ' }],
  ],
  'dead-letter.reported.v1': [
    [
      'an id that is none',
      { id: 'x', service: 's', subject: 's', reason: 'r', detail: 'd', payload: '', truncated: false },
    ],
  ],
}

export const dataMessages: readonly HostileMessage[] = Object.entries(tables).flatMap(([type, rows]) =>
  rows.map(([what, data]) => ({
    what: `${wireOf(type)}: ${what}`,
    subject: wireOf(type),
    payload: () => JSON.stringify(cloudEvent(type, order, data)),
    ends: { dead: 'invalid-data' },
  })),
)
