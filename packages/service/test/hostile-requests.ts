/** Requests that must be refused before a route sees them, each with the answer it gets. */

export interface HostileRequest {
  readonly why: string
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'
  readonly url?: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
  readonly status: number
  readonly type: string
  /** The first field that is named as wrong. */
  readonly field?: string
}

export const post = { method: 'POST', url: '/parcels' } as const
const item = '{"sku":"A","quantity":1}'
const parcel = (inside: string): string => `{"customerId":"c1","items":[${item}],${inside}}`
const withQuantity = (quantity: string): string => `{"customerId":"c1","items":[{"sku":"A","quantity":${quantity}}]}`
const invalid = (why: string, body: string, field: string): HostileRequest => {
  return { why, ...post, body, status: 400, type: 'invalid-request', field }
}
const malformed = (why: string, body: string | Buffer): HostileRequest => {
  return { why, ...post, body, status: 400, type: 'malformed-json' }
}
const badQuery = (why: string, query: string, field: string): HostileRequest => {
  return { why, url: `/parcels?${query}`, status: 400, type: 'invalid-request', field }
}

const unasked = (why: string, body: string, field: string): HostileRequest => {
  return { why, method: 'POST', url: '/parcels/p1/send', body, status: 400, type: 'invalid-request', field }
}

const bodies: HostileRequest[] = [
  unasked('a field where no body is asked for', '{"reason":"too late"}', 'reason'),
  unasked('a list where no body is asked for', '[1]', 'body'),
  unasked('a text where no body is asked for', '"now"', 'body'),
  malformed('a body that breaks off', '{"customerId":"c1"'),
  malformed('a body that is no JSON at all', 'customerId=c1'),
  malformed('trailing text after the JSON', '{"customerId":"c1"} {}'),
  malformed('NaN, which is not JSON', withQuantity('NaN')),
  malformed('a raw control character inside a string', parcel('"name":"a\u0000b"')),
  malformed('bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  malformed('UTF-8 that encodes half of a surrogate pair', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
  malformed('a __proto__ key', parcel('"__proto__":{"admin":true}')),
  malformed('an escaped __proto__ key', parcel('"__proto\\u005f_":{"admin":true}')),
  malformed('a constructor.prototype key', parcel('"constructor":{"prototype":{"admin":true}}')),
  invalid('no body where one is needed', '', 'body'),
  invalid('an array instead of an object', '[]', 'body'),
  invalid('null instead of an object', 'null', 'body'),
  invalid('a missing field', `{"items":[${item}]}`, 'customerId'),
  invalid('an unknown field', parcel('"isAdmin":true'), 'isAdmin'),
  invalid(
    'an unknown field inside an item',
    '{"customerId":"c1","items":[{"sku":"A","quantity":1,"price":1}]}',
    'items[0].price',
  ),
  invalid('a number in quotes', withQuantity('"1"'), 'items[0].quantity'),
  invalid('a boolean instead of a number', withQuantity('true'), 'items[0].quantity'),
  invalid('a fraction', withQuantity('1.5'), 'items[0].quantity'),
  invalid('zero', withQuantity('0'), 'items[0].quantity'),
  invalid('a negative quantity', withQuantity('-1'), 'items[0].quantity'),
  invalid('2^53+1, which no double can hold', withQuantity('9007199254740993'), 'items[0].quantity'),
  invalid('a number beyond all doubles', withQuantity('1e400'), 'items[0].quantity'),
  invalid('an unsafe integer where any number is taken', parcel('"labels":{"a":9007199254740993}'), 'labels.a'),
  invalid('an unsafe amount of money', parcel('"price":{"amount":1e17,"currency":"EUR"}'), 'price.amount'),
  invalid('an escaped NUL', parcel('"name":"a\\u0000b"'), 'name'),
  invalid('an escaped line break', parcel('"name":"a\\r\\nb"'), 'name'),
  invalid('a C1 control character', parcel('"name":"a\\u009bb"'), 'name'),
  invalid('a lone high surrogate', parcel('"name":"\\ud83d"'), 'name'),
  invalid('a lone low surrogate', parcel('"name":"\\ude00x"'), 'name'),
  invalid('a control character in a key', parcel('"labels":{"a\\u0007":1}'), 'labels'),
  invalid('an id of 65 characters', parcel(`"x":1`).replace('c1', 'c'.repeat(65)), 'customerId'),
  invalid('an id with a path in it', parcel('"x":1').replace('c1', '../../etc'), 'customerId'),
  invalid('a subject wildcard as id', parcel('"x":1').replace('c1', 'order.>'), 'customerId'),
  invalid('a name of 201 characters', parcel(`"name":"${'n'.repeat(201)}"`), 'name'),
  invalid('a name of blanks', parcel('"name":"   "'), 'name'),
  invalid('no items', '{"customerId":"c1","items":[]}', 'items'),
  invalid('101 items', `{"customerId":"c1","items":[${Array<string>(101).fill(item).join()}]}`, 'items'),
  invalid('JSON nested 20,000 deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, '[0]'.repeat(32)),
  {
    why: 'a body above 64 KiB',
    ...post,
    body: parcel(`"name":"${'n'.repeat(65_536)}"`),
    status: 413,
    type: 'body-too-large',
  },
  {
    why: 'a form',
    ...post,
    body: 'a=b',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    type: 'unsupported-media-type',
  },
  {
    why: 'plain text',
    ...post,
    body: '{}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    type: 'unsupported-media-type',
  },
  {
    why: 'a content type that is none',
    ...post,
    body: '{}',
    headers: { 'content-type': ';;;' },
    status: 415,
    type: 'unsupported-media-type',
  },
  {
    why: 'a compressed body',
    ...post,
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
    status: 415,
    type: 'unsupported-media-type',
  },
]

const urls: HostileRequest[] = [
  { why: 'an unknown URL', url: '/nothing', status: 404, type: 'not-found' },
  { why: 'a path that climbs', url: '/docs/static/../../../../etc/passwd', status: 404, type: 'not-found' },
  { why: 'an encoded path that climbs', url: '/docs/static/..%2f..%2fpackage.json', status: 404, type: 'not-found' },
  {
    why: 'a method that the URL does not take',
    method: 'DELETE',
    url: '/parcels',
    status: 405,
    type: 'method-not-allowed',
  },
  {
    why: 'another method on an item',
    method: 'PUT',
    url: '/parcels/p1',
    body: '{}',
    status: 405,
    type: 'method-not-allowed',
  },
  {
    why: 'a preflight, since no other origin is served',
    method: 'OPTIONS',
    url: '/parcels',
    status: 405,
    type: 'method-not-allowed',
  },
  { why: 'percent-encoding that is none', url: '/parcels/%zz', status: 400, type: 'malformed-url' },
  { why: 'percent-encoding that is not UTF-8', url: '/parcels/%ff%fe', status: 400, type: 'malformed-url' },
  { why: 'a NUL in the path', url: '/parcels/a%00b', status: 400, type: 'invalid-request', field: 'path.parcelId' },
  {
    why: 'a line break in the path',
    url: '/parcels/a%0d%0ab',
    status: 400,
    type: 'invalid-request',
    field: 'path.parcelId',
  },
  { why: 'a slash in an id', url: '/parcels/a%2fb', status: 400, type: 'invalid-request', field: 'path.parcelId' },
  { why: 'a wildcard as id', url: '/parcels/*', status: 400, type: 'invalid-request', field: 'path.parcelId' },
  {
    why: 'an id of 65 characters in the path',
    url: `/parcels/${'p'.repeat(65)}`,
    status: 400,
    type: 'invalid-request',
    field: 'path.parcelId',
  },
  {
    why: 'an id of 5,000 characters in the path',
    url: `/parcels/${'p'.repeat(5000)}`,
    status: 414,
    type: 'url-too-long',
  },
]

const queries: HostileRequest[] = [
  badQuery('a limit of zero', 'limit=0', 'query.limit'),
  badQuery('a limit above 100', 'limit=101', 'query.limit'),
  badQuery('a negative limit', 'limit=-1', 'query.limit'),
  badQuery('a limit with rubbish behind it', 'limit=12abc', 'query.limit'),
  badQuery('a limit in another notation', 'limit=1e1', 'query.limit'),
  badQuery('an empty limit', 'limit=', 'query.limit'),
  badQuery('two limits', 'limit=1&limit=2', 'query.limit'),
  badQuery('an unknown filter', 'colour=red', 'query.colour'),
  badQuery('an unknown filter value', 'status=LOST', 'query.status'),
  badQuery('a NUL in a filter', 'status=%00', 'query.status'),
  badQuery('a prototype as filter', '__proto__=1', 'query.__proto__'),
  {
    why: 'a cursor of rubbish',
    url: '/parcels?cursor=zzz',
    status: 400,
    type: 'invalid-cursor',
    field: 'query.cursor',
  },
  { why: 'an empty cursor', url: '/parcels?cursor=', status: 400, type: 'invalid-cursor', field: 'query.cursor' },
  {
    why: 'a cursor of another list',
    url: `/parcels?cursor=${Buffer.from('[1,"orders",{"after":1}]').toString('base64url')}`,
    status: 400,
    type: 'invalid-cursor',
    field: 'query.cursor',
  },
]

const headers: HostileRequest[] = ['k\u00e9y', 'two words', 'k'.repeat(256), ''].map((key) => ({
  why: `the idempotency key ${JSON.stringify(key.slice(0, 12))}`,
  ...post,
  body: withQuantity('1'),
  headers: { 'idempotency-key': key },
  status: 400,
  type: 'invalid-request',
  field: 'header.idempotency-key',
}))

export const hostileRequests: readonly HostileRequest[] = [...bodies, ...urls, ...queries, ...headers]
