import { cloudEvent, type HostileMessage, uniqueId } from '@skald/e2e'

/* What is as odd as it may be and valid all the same, and subjects that no program of ours uses. */

const money = { amount: 100, currency: 'EUR' }

let lastSku = 0
/** A product that is announced by an odd message. */
const odd = (
  what: string,
  changes: Readonly<Record<string, unknown>>,
  { msgId, data = {}, prefix = '' }: { readonly msgId?: string; readonly data?: object; readonly prefix?: string } = {},
): HostileMessage => {
  lastSku += 1
  const sku = `odd-${lastSku}`
  const said = { sku, name: what, price: money, version: 1, ...data }
  return {
    what: `product.updated.v1: ${what}`,
    subject: 'product.updated.v1',
    payload: () => `${prefix}${JSON.stringify(cloudEvent('product.updated.v1', sku, said, changes))}`,
    ...(msgId !== undefined && { msgId }),
    ends: { announces: sku },
  }
}

const valid: readonly HostileMessage[] = [
  odd('an id of 255 characters', { id: 'i'.repeat(255) }),
  odd('an id of 255 characters of four bytes', { id: '\u{1f4a3}'.repeat(255) }),
  odd('an id with blanks, quotes and a backslash', { id: ` "a" 'b' \\ -- ` }),
  odd('an id that is a UUID of chance', { id: '6f9619ff-8b86-4011-b42d-00c04fc964ff' }),
  odd('an id from the year 10889', { id: 'ffffffff-ffff-7fff-bfff-ffffffffffff' }),
  odd('an id from next week', {
    id: `${(Date.now() + 604_800_000)
      .toString(16)
      .padStart(12, '0')
      .replace(/^(.{8})/, '$1-')}-7abc-8def-0123456789ab`,
  }),
  odd('an id from 1970', { id: '00000000-0000-7000-8000-000000000000' }),
  odd('an id in capitals', { id: '01890A5D-AC96-774B-BCCE-B302099A8057' }),
  odd('an id that looks like a repeat', { id: 'again:7' }, { msgId: 'again:7:3' }),
  odd('an id that the header does not name', {}, { msgId: 'something else' }),
  odd('a repeat beyond what is counted', { id: 'often' }, { msgId: 'often:99999999999999999999' }),
  odd('a time with an offset', { time: '2030-01-01T12:00:00.123456789+14:00' }),
  odd('the first time there is', { time: '0001-01-01T00:00:00Z' }),
  odd('the last time there is', { time: '9999-12-31T23:59:59Z' }),
  odd('a charset', { datacontenttype: 'application/json; charset=utf-8' }),
  odd('no content type', { datacontenttype: undefined }),
  odd('extensions that nobody knows', { mallory: { was: ['here'] }, partitionkey: 'x' }),
  odd('extensions that are null', { correlationid: null, causationid: null, traceparent: null }),
  odd('a trace that is none', { traceparent: 'everywhere' }),
  odd('a source that is a URL', { source: 'https://mallory.example/?a=b' }),
  odd('a field that a later version may have', {}, { data: { color: 'red' } }),
  odd('a mark of the byte order', {}, { prefix: '\ufeff' }),
]

const undo = (what: string, id: string): HostileMessage => ({
  what: `command.inventory.release.v1: ${what}`,
  subject: 'command.inventory.release.v1',
  payload: () => {
    const orderId = uniqueId()
    return JSON.stringify(cloudEvent('inventory.release.v1', orderId, { orderId }, { id }))
  },
  ends: { reply: 'inventory.released.v1', replyDead: 'unknown-saga' },
})

const elsewhere = (what: string, subject: string, dead: string, payload?: string): HostileMessage => ({
  what: `${what}: ${JSON.stringify(subject).slice(0, 60)}`,
  subject,
  payload: () => payload ?? JSON.stringify(cloudEvent('order.confirmed.v1', 'nobody', { orderId: 'nobody' })),
  ends: { dead },
})

const subjects: readonly HostileMessage[] = [
  elsewhere('a subject of nobody', 'order.nobody.knows.v1', 'wrong-subject'),
  elsewhere('a subject in capitals', 'order.CONFIRMED.v1', 'wrong-subject'),
  elsewhere('a wildcard for a word', 'order.*', 'wrong-subject'),
  elsewhere('a wildcard for the rest', 'order.>', 'wrong-subject'),
  elsewhere('a subject beyond ASCII', 'order.\u00fc.\u{1f4a3}', 'wrong-subject'),
  elsewhere('a subject with NUL', 'order.\u0000', 'wrong-subject'),
  elsewhere('a subject of 900 characters', `order.${'x'.repeat(900)}`, 'wrong-subject'),
  elsewhere('a product of nobody', 'product.nobody', 'unknown-type'),
  elsewhere('a letter about nothing', 'dead-letter.nothing', 'not-json', 'nothing'),
  elsewhere(
    'a command of nobody',
    'command.mallory.do.v1',
    'unknown-type',
    JSON.stringify(cloudEvent('mallory.do.v1', 'a', {})),
  ),
  elsewhere('a command of nobody, garbage', 'command.mallory.do.v1', 'not-json', 'garbage'),
  elsewhere('a command with a wildcard', 'command.*', 'not-json', 'garbage'),
  elsewhere(
    'a command of a service that knows others',
    'command.payment.void.v1',
    'unknown-type',
    JSON.stringify(cloudEvent('payment.void.v1', 'a', {})),
  ),
]

export const oddMessages: readonly HostileMessage[] = [
  ...valid,
  undo('an id of 255 characters', 'j'.repeat(255)),
  undo('an id from the year 10889', 'ffffffff-ffff-7fff-bfff-fffffffffffe'),
  ...subjects,
]
