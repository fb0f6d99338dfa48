import { type HostileRequest, MALFORMED_JSON, type Row, rowsOf } from './http-request.ts'

/* What the other services must refuse. */

const product = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ name: 'a thing', price: { amount: 100, currency: 'EUR' }, onHand: 1, ...change })

const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const products: readonly Row<string>[] = [
  ['no name', product({ name: undefined })],
  ['an empty name', product({ name: '' })],
  ['a name of 201 characters', product({ name: 'n'.repeat(201) })],
  ['a name with a line break', product({ name: 'a\nb' })],
  ['a name with half a surrogate pair', '{"name":"\\udfff","price":{"amount":1,"currency":"EUR"},"onHand":1}'],
  ['a price that is a number', product({ price: 100 })],
  ['a negative price', product({ price: { amount: -1, currency: 'EUR' } })],
  ['a price with cents behind a point', product({ price: { amount: 1.5, currency: 'EUR' } })],
  ['a price beyond what is counted', '{"name":"a","price":{"amount":9007199254740993,"currency":"EUR"},"onHand":1}'],
  ['a currency in small letters', product({ price: { amount: 1, currency: 'eur' } })],
  ['a currency of four letters', product({ price: { amount: 1, currency: 'EURO' } })],
  ['a price in two currencies', product({ price: { amount: 1, currency: 'EUR', usd: 1 } })],
  ['no stock', product({ onHand: undefined })],
  ['less than no stock', product({ onHand: -1 })],
  ['a version of its own', product({ version: 9 })],
  ['a prototype', '{"__proto__":{"onHand":1}}', MALFORMED_JSON],
]

const adjustments: readonly Row<string>[] = [
  ['by nothing', '{"quantity":0,"reason":"x"}'],
  ['by a half', '{"quantity":0.5,"reason":"x"}'],
  ['by a text', '{"quantity":"1","reason":"x"}'],
  ['by more than can be counted', '{"quantity":9007199254740991,"reason":"x"}'],
  ['without a reason', '{"quantity":1}'],
  ['for an empty reason', '{"quantity":1,"reason":""}'],
  ['for a reason of 501 characters', JSON.stringify({ quantity: 1, reason: 'r'.repeat(501) })],
  ['below nothing', '{"quantity":-90000000,"reason":"x"}', '409 stock-reserved'],
]

const shelves: readonly Row<string>[] = [
  ['an unknown product', '/products/nothing', '404 product-not-found'],
  ['a sku of 65 characters', `/products/${'a'.repeat(65)}`],
  ['a limit of 1,000', '/products?limit=1000'],
  ['a cursor with NUL', `/products?cursor=${cursor([1, 'products', { after: '\u0000' }])}`, '400 invalid-cursor'],
  ['a cursor that is a list', `/products?cursor=${cursor([1, 'products', []])}`, '400 invalid-cursor'],
  ['an unknown reservation', '/reservations/nobody', '404 reservation-not-found'],
  ['a reservation with a blank', '/reservations/a%20b'],
]

const desk: readonly Row<string>[] = [
  ['an unknown payment', '/payments/nobody', '404 payment-not-found'],
  ['a payment with NUL', '/payments/%00'],
  ['a payment of 65 characters', `/payments/${'a'.repeat(65)}`],
  ['books with a line break', '/simulated-gateway/a%0ab'],
  ['all payments', '/payments', '404 not-found'],
]

const office: readonly Row<string>[] = [
  ['an unknown saga', '/sagas/nobody', '404 saga-not-found'],
  ['a saga with NUL', '/sagas/%00'],
  ['a saga of 256 characters', `/sagas/${'a'.repeat(256)}`],
  ['an unknown status', '/sagas?status=DONE'],
  ['a definition with a blank', '/sagas?definition=a%20b'],
  ['an empty correlation', '/sagas?correlationId='],
  ['a limit that is a float', '/sagas?limit=1.0'],
  [
    'a cursor with NUL',
    `/sagas?cursor=${cursor([1, 'sagas', { startedAtMs: 1, sagaId: '\u0000' }])}`,
    '400 invalid-cursor',
  ],
  [
    'a cursor of orders',
    `/sagas?cursor=${cursor([1, 'orders', { createdAtMs: 1, orderId: 'a' }])}`,
    '400 invalid-cursor',
  ],
  ['an unknown definition', '/definitions/nothing', '404 definition-not-found'],
  ['an unknown dead letter', '/dead-letters/nothing', '404 dead-letter-not-found'],
  ['a dead letter of 65 characters', `/dead-letters/${'a'.repeat(65)}`],
  ['dead letters of nobody', '/dead-letters?service=x'],
  [
    'a cursor of letters without an id',
    `/dead-letters?cursor=${cursor([1, 'dead-letters', { receivedAtMs: 1, id: 'x' }])}`,
    '400 invalid-cursor',
  ],
]

export const othersHttp: readonly HostileRequest[] = [
  ...rowsOf('inventory', 'a product', (body) => ({ method: 'PUT', path: '/products/e2e-new', body }), products),
  ...rowsOf('inventory', 'a known product', (body, { sku }) => ({ method: 'PUT', path: `/products/${sku}`, body }), [
    ['its stock set again', product({}), '409 stock-not-settable'],
  ]),
  ...rowsOf(
    'inventory',
    'an adjustment',
    (body, { sku }) => ({ method: 'POST', path: `/products/${sku}/adjustments`, body }),
    adjustments,
  ),
  ...rowsOf('inventory', 'a place', (path) => ({ path }), shelves),
  ...rowsOf('payment', 'a place', (path) => ({ path }), desk),
  ...rowsOf('payment', 'a method', (method, { orderId }) => ({ method, path: `/payments/${orderId}` }), [
    ['POST', 'POST', '405 method-not-allowed'],
    ['DELETE', 'DELETE', '405 method-not-allowed'],
  ]),
  ...rowsOf('coordinator', 'a place', (path) => ({ path }), office),
  ...rowsOf('coordinator', 'a method', (method, { sagaId }) => ({ method, path: `/sagas/${sagaId}` }), [
    ['PUT', 'PUT', '405 method-not-allowed'],
    ['DELETE', 'DELETE', '405 method-not-allowed'],
  ]),
]
