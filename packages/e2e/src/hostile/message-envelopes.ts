import { cloudEvent, type HostileMessage, wireOf } from './message.ts'

/* What is wrong before anybody knows what a message says: the same for every family of subjects. */

const money = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'e2e-hostile', quantity: 1 }]

interface Family {
  readonly type: string
  readonly about: string
  readonly data: unknown
}

/** One type of each family. */
const families: readonly Family[] = [
  {
    type: 'order.created.v1',
    about: 'nobody',
    data: { orderId: 'nobody', customerId: 'm', items: [{ ...items[0], price: money }], total: money },
  },
  { type: 'order.confirmed.v1', about: 'nobody', data: { orderId: 'nobody' } },
  { type: 'payment.confirmed.v1', about: 'nobody', data: { orderId: 'nobody', amount: money } },
  { type: 'inventory.reserved.v1', about: 'nobody', data: { orderId: 'nobody' } },
  { type: 'product.updated.v1', about: 'fake', data: { sku: 'fake', name: 'fake', price: money, version: 1 } },
  { type: 'order.confirm.v1', about: 'nobody', data: { orderId: 'nobody' } },
  { type: 'payment.charge.v1', about: 'nobody', data: { orderId: 'nobody', amount: money } },
  { type: 'inventory.reserve.v1', about: 'nobody', data: { orderId: 'nobody', items } },
  { type: 'product.announce.v1', about: 'catalogue', data: { limit: 1 } },
]

type Wrong = readonly [what: string, reason: string, payload: (family: Family, event: object) => string | Uint8Array]

const changed = (what: string, reason: string, changes: Readonly<Record<string, unknown>>): Wrong => [
  what,
  reason,
  (_family, event) => JSON.stringify({ ...event, ...changes }),
]

/** The document with a fragment of JSON in place of the data, for what JSON.stringify would not write. */
const withData = (what: string, reason: string, fragment: string): Wrong => [
  what,
  reason,
  (_family, event) => JSON.stringify({ ...event, data: '@' }).replace('"@"', () => fragment),
]

const INVALID = 'invalid-attribute'
const NO_EVENT = 'not-a-cloud-event'
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

const wrongs: readonly Wrong[] = [
  ['nothing', 'not-json', () => ''],
  ['null', NO_EVENT, () => 'null'],
  ['a number', NO_EVENT, () => '7'],
  ['bytes', 'not-utf8', () => Uint8Array.from({ length: 256 }, (_, index) => index)],
  ['half a document', 'not-json', (_family, event) => JSON.stringify(event).slice(0, -9)],
  ['two documents', 'not-json', (_family, event) => `${JSON.stringify(event)}${JSON.stringify(event)}`],
  ['a list', NO_EVENT, (_family, event) => JSON.stringify([event])],
  ['a text', NO_EVENT, (_family, event) => JSON.stringify(JSON.stringify(event))],
  [
    'bytes that are not UTF-8',
    'not-utf8',
    (_family, event) => Buffer.concat([Buffer.from(JSON.stringify(event)), Buffer.from([0xff])]),
  ],
  [
    'half of a character',
    'not-utf8',
    (_family, event) => Buffer.concat([Buffer.from([0xc3]), Buffer.from(JSON.stringify(event))]),
  ],
  ['UTF-16', 'not-json', (_family, event) => Buffer.from(JSON.stringify(event), 'utf16le')],
  ['more than 256 KiB', 'too-large', (_family, event) => JSON.stringify({ ...event, data: 'x'.repeat(262_144) })],
  changed('no version', NO_EVENT, { specversion: undefined }),
  changed('another version', NO_EVENT, { specversion: '0.3' }),
  changed('a version that is a number', NO_EVENT, { specversion: 1 }),
  changed('no id', INVALID, { id: undefined }),
  changed('an empty id', INVALID, { id: '' }),
  changed('an id that is a number', INVALID, { id: 7 }),
  changed('an id of 256 characters', INVALID, { id: 'i'.repeat(256) }),
  changed('an id with a line break', INVALID, { id: 'a\r\nb' }),
  changed('an id with NUL', 'forbidden-character', { id: 'a\u0000b' }),
  changed('no source', INVALID, { source: undefined }),
  changed('no subject', INVALID, { subject: undefined }),
  changed('a subject of 256 characters', INVALID, { subject: 's'.repeat(256) }),
  changed('no time', INVALID, { time: undefined }),
  changed('a time in words', INVALID, { time: 'yesterday' }),
  changed('a day that does not exist', INVALID, { time: '2030-02-30T00:00:00Z' }),
  changed('a correlation that is a number', INVALID, { correlationid: 7 }),
  changed('a correlation of 256 characters', INVALID, { correlationid: 'c'.repeat(256) }),
  changed('a cause that is an object', INVALID, { causationid: {} }),
  changed('XML', INVALID, { datacontenttype: 'application/xml' }),
  changed('data in another form', INVALID, { data_base64: 'e30=' }),
  changed('no type', INVALID, { type: undefined }),
  changed('a type in capitals', INVALID, { type: 'Order.Created.v1' }),
  changed('a forged timer of the state machine', 'reserved-type', { type: 'xstate.after.600.order.takingPayment' }),
  changed('a forged end of the state machine', 'reserved-type', { type: 'xstate.done.state.order' }),
  changed('the prefix of commands in the type', INVALID, { type: 'command.order.confirm.v1' }),
  changed('an unknown type', 'unknown-type', { type: 'mallory.was-here.v1' }),
  changed('an unknown version of a type', 'unknown-type', { type: 'order.created.v99' }),
  changed('no data', 'invalid-data', { data: undefined }),
  changed('data that is null', 'invalid-data', { data: null }),
  changed('data that is a list', 'invalid-data', { data: [] }),
  withData('the key __proto__', 'forbidden-key', '{"__proto__":{"admin":true}}'),
  withData('the key constructor.prototype', 'forbidden-key', '{"constructor":{"prototype":{"admin":true}}}'),
  withData('NUL', 'forbidden-character', '{"orderId":"a\\u0000"}'),
  withData('half a surrogate pair', 'forbidden-character', '{"orderId":"\\ud83d"}'),
  withData('lists in lists in lists', 'too-deep', nested(40)),
  withData('fifty thousand brackets', 'too-deep', nested(50_000)),
]

export const envelopeMessages: readonly HostileMessage[] = families.flatMap((family) =>
  wrongs.map(([what, reason, payload]) => ({
    what: `${wireOf(family.type)}: ${what}`,
    subject: wireOf(family.type),
    payload: () => payload(family, cloudEvent(family.type, family.about, family.data)),
    ends: { dead: reason },
  })),
)
