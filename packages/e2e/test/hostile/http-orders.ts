import { type HostileRequest, MALFORMED_JSON, type Row, rowsOf } from './http-request.ts'

/* What order-service must refuse. */

const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An order that would be taken but for one thing. */
const order = (change: Readonly<Record<string, unknown>>, sku = 'e2e-hostile'): string =>
  JSON.stringify({ customerId: 'mallory', items: [{ sku, quantity: 1 }], paymentMethod: 'sim_approved', ...change })

const line = (change: Readonly<Record<string, unknown>>): string =>
  order({ items: [{ sku: 'e2e-hostile', quantity: 1, ...change }] })

const lines = (count: number, quantity: number) => ({
  items: Array.from({ length: count }, () => ({ sku: 'e2e-hostile', quantity })),
})

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

const fields: readonly Row<string>[] = [
  ['no customer', order({ customerId: undefined })],
  ['an empty customer', order({ customerId: '' })],
  ['a customer of 65 characters', order({ customerId: 'c'.repeat(65) })],
  ['a customer that is a number', order({ customerId: 7 })],
  ['a customer with a blank', order({ customerId: 'ada lovelace' })],
  ['a customer with NUL', '{"customerId":"a\\u0000","items":[{"sku":"e2e-hostile","quantity":1}]}'],
  ['a customer with half a surrogate pair', '{"customerId":"\\ud800","items":[{"sku":"e2e-hostile","quantity":1}]}'],
  ['a customer who knows SQL', order({ customerId: `'; DROP TABLE orders; --` })],
  ['no items', order({ items: undefined })],
  ['zero items', order({ items: [] })],
  ['101 items', order(lines(101, 1))],
  ['items that are an object', order({ items: { 0: { sku: 'e2e-hostile', quantity: 1 } } })],
  ['an item that is null', order({ items: [null] })],
  ['a quantity of zero', line({ quantity: 0 })],
  ['a negative quantity', line({ quantity: -1 })],
  ['half a piece', line({ quantity: 1.5 })],
  ['a quantity above a million', line({ quantity: 1_000_001 })],
  ['a million and one over two lines', order(lines(2, 500_001))],
  ['a quantity that is text', line({ quantity: '1' })],
  ['a quantity that is true', line({ quantity: true })],
  ['a quantity beyond what is counted', line({ quantity: 2 ** 53 })],
  ['an endless quantity', '{"customerId":"m","items":[{"sku":"e2e-hostile","quantity":1e999}]}'],
  ['a sku of 65 characters', line({ sku: 's'.repeat(65) })],
  ['a sku with a slash', line({ sku: '../etc' })],
  ['a sku beyond ASCII', line({ sku: 'b\u00fccher' })],
  ['a price of its own', line({ price: { amount: 1, currency: 'EUR' } })],
  ['a total of its own', order({ total: { amount: 1, currency: 'EUR' } })],
  ['a payment method that nobody knows', order({ paymentMethod: 'visa' })],
  ['a payment that is slow for too long', order({ paymentMethod: 'sim_slow_600001' })],
  ['a payment method without its number', order({ paymentMethod: 'sim_flaky_' })],
  ['a payment method that is null', order({ paymentMethod: null })],
  ['a list', '[]'],
  ['a text', '"order"'],
  ['null', 'null'],
  ['nothing', ''],
  ['lists in lists in lists', order({ items: JSON.parse(nested(40)) })],
]

const bodies: readonly Row<string | Uint8Array>[] = [
  ['half a document', '{"customerId":', MALFORMED_JSON],
  ['two documents', '{}{}', MALFORMED_JSON],
  ['no JSON', 'customerId=mallory', MALFORMED_JSON],
  ['a comment', '{/* */}', MALFORMED_JSON],
  ['NaN', '{"customerId":NaN}', MALFORMED_JSON],
  ['the key __proto__', '{"__proto__":{"admin":true}}', MALFORMED_JSON],
  ['the key constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}', MALFORMED_JSON],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), MALFORMED_JSON],
  ['thirty thousand brackets', nested(30_000)],
  ['64 KiB and one byte', JSON.stringify('x'.repeat(65_535)), '413 body-too-large'],
  ['a megabyte', JSON.stringify('x'.repeat(1_048_576)), '413 body-too-large'],
]

const headers: readonly Row<Readonly<Record<string, string>>>[] = [
  ['an empty key', { 'idempotency-key': '' }],
  ['a key of 256 characters', { 'idempotency-key': 'k'.repeat(256) }],
  ['a key with a blank', { 'idempotency-key': 'a b' }],
  ['a key beyond ASCII', { 'idempotency-key': '\u00e9' }],
  ['form data', { 'content-type': 'application/x-www-form-urlencoded' }, '415 unsupported-media-type'],
  ['plain text', { 'content-type': 'text/plain' }, '415 unsupported-media-type'],
  ['no type', { 'content-type': '' }, '415 unsupported-media-type'],
  ['a compressed body', { 'content-encoding': 'gzip' }, '415 unsupported-media-type'],
  ['a NUL in a header', { 'x-any': 'a\u0000b' }, '400 malformed-request'],
  ['a header of 20,000 characters', { 'x-any': 'x'.repeat(20_000) }, '431 headers-too-large'],
]

const places: readonly Row<string>[] = [
  ['an unknown order', '/orders/nobody', '404 order-not-found'],
  ['an id of 65 characters', `/orders/${'a'.repeat(65)}`],
  ['an id of 2,000 characters', `/orders/${'a'.repeat(2_000)}`, '414 url-too-long'],
  ['an id with NUL', '/orders/%00'],
  ['an id with a line break', '/orders/a%0d%0ab'],
  ['an id with a wildcard of subjects', '/orders/%3E'],
  ['an id that knows SQL', '/orders/%27%20OR%20%271%27=%271'],
  ['an escape that is none', '/orders/%zz', '400 malformed-url'],
  ['an escape that is not UTF-8', '/orders/%ff%fe', '400 malformed-url'],
  ['a way out', '/orders/../../etc/passwd', '404 not-found'],
  ['an unknown place', '/admin', '404 not-found'],
  ['a limit of zero', '/orders?limit=0'],
  ['a limit of 101', '/orders?limit=101'],
  ['a negative limit', '/orders?limit=-1'],
  ['a limit in words', '/orders?limit=ten'],
  ['a limit with an exponent', '/orders?limit=1e1'],
  ['two limits', '/orders?limit=1&limit=2'],
  ['an unknown status', '/orders?status=confirmed'],
  ['an unknown filter', '/orders?color=red'],
  ['a filter called __proto__', '/orders?__proto__=1'],
  ['a customer with NUL', '/orders?customerId=%00'],
  ['a cursor that is none', '/orders?cursor=!!', '400 invalid-cursor'],
  ['a cursor that is empty', '/orders?cursor=', '400 invalid-cursor'],
  [
    'a cursor of another list',
    `/orders?cursor=${cursor([1, 'sagas', { startedAtMs: 1, sagaId: 'a' }])}`,
    '400 invalid-cursor',
  ],
  [
    'a cursor of another version',
    `/orders?cursor=${cursor([2, 'orders', { createdAtMs: 1, orderId: 'a' }])}`,
    '400 invalid-cursor',
  ],
  [
    'a cursor with NUL',
    `/orders?cursor=${cursor([1, 'orders', { createdAtMs: 1, orderId: '\u0000' }])}`,
    '400 invalid-cursor',
  ],
  [
    'a cursor from the end of time',
    `/orders?cursor=${cursor([1, 'orders', { createdAtMs: 1e20, orderId: 'a' }])}`,
    '400 invalid-cursor',
  ],
  ['an unknown product', '/catalogue/nothing', '404 product-not-found'],
]

export const ordersHttp: readonly HostileRequest[] = [
  ...rowsOf('order', 'an order', (body) => ({ method: 'POST', path: '/orders', body }), fields),
  ...rowsOf('order', 'a body', (body) => ({ method: 'POST', path: '/orders', body }), bodies),
  ...rowsOf(
    'order',
    'headers',
    (wrong) => ({ method: 'POST', path: '/orders', headers: wrong, body: order({}) }),
    headers,
  ),
  ...rowsOf('order', 'a place', (path) => ({ path }), places),
  ...rowsOf('order', 'a method', (method, { orderId }) => ({ method, path: `/orders/${orderId}` }), [
    ['DELETE', 'DELETE', '405 method-not-allowed'],
    ['PATCH', 'PATCH', '405 method-not-allowed'],
    ['PUT', 'PUT', '405 method-not-allowed'],
  ]),
  ...rowsOf('order', 'a cancel', (path, known) => ({ method: 'POST', path: path.replace('{}', known.orderId) }), [
    ['of an unknown order', '/orders/nobody/cancel', '404 order-not-found'],
    ['of an order that has ended', '/orders/{}/cancel', '409 order-ended'],
  ]),
  {
    what: 'an order: a product that nobody sells',
    to: 'order',
    send: () => ({ method: 'POST', path: '/orders', body: order({}, 'nothing') }),
    answer: '422 unknown-sku',
  },
  {
    what: 'an order: a total beyond what is counted',
    to: 'order',
    send: () => ({
      method: 'POST',
      path: '/orders',
      body: order({ items: [{ sku: 'e2e-gold', quantity: 1_000_000 }] }),
    }),
    answer: '422 total-too-large',
  },
]
