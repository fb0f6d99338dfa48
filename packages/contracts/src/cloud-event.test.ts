import { describe, expect, test } from 'vitest'
import { codec, decode, encode, inventoryReserved, MAX_MESSAGE_BYTES, type Message } from './index.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const event = {
  specversion: '1.0',
  id: 'message-1',
  source: 'inventory-service',
  type: 'inventory.reserved.v1',
  subject: 'order-1',
  time: '2030-01-31T12:00:00.000Z',
  datacontenttype: 'application/json',
  correlationid: 'saga-1',
  causationid: 'command-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { orderId: 'order-1' },
}
const message: Message = {
  id: 'message-1',
  source: 'inventory-service',
  type: 'inventory.reserved.v1',
  subject: 'order-1',
  time: '2030-01-31T12:00:00.000Z',
  correlationId: 'saga-1',
  causationId: 'command-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { orderId: 'order-1' },
}

/** The event with attributes changed; undefined leaves one out. */
const changed = (attributes: object): Uint8Array => bytes(JSON.stringify({ ...event, ...attributes }))
/** The event with a JSON text as its data, for what JSON.stringify would not write. */
const withData = (json: string): Uint8Array =>
  bytes(JSON.stringify({ ...event, data: 0 }).replace('"data":0', `"data":${json}`))
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('a message on the wire', () => {
  test('is a CloudEvent with its attributes in lower case', () => {
    expect(JSON.parse(encode(message))).toEqual(event)
  })

  test('is read as it was said', () => {
    expect(decode(bytes(encode(message)))).toEqual({ ok: true, message })
  })

  test('leaves out what it does not have', () => {
    const { causationId: _, traceparent: __, ...plain } = message
    const text = encode(plain)
    expect(text).not.toContain('causationid')
    expect(decode(bytes(text))).toStrictEqual({ ok: true, message: plain })
  })

  test('is the same text whenever it is said', () => {
    const { data, ...rest } = message
    expect(encode({ data, ...rest })).toBe(encode(message))
  })

  test('travels on the subject of its type', () => {
    expect(codec.wireOf('inventory.reserve.v1')).toBe('command.inventory.reserve.v1')
    expect(codec.wireOf(inventoryReserved.type)).toBe('inventory.reserved.v1')
  })

  test('is not said when it is too large to be read', () => {
    const data = 'é'.repeat(MAX_MESSAGE_BYTES / 2)
    expect(() => encode({ ...message, data })).toThrow('inventory.reserved.v1 message-1 has more than 262144 bytes')
  })

  test.each(['a', 'é', '€', '😀'])('may have exactly 262144 bytes, counted in UTF-8: %s', (character) => {
    const room = MAX_MESSAGE_BYTES - bytes(encode({ ...message, data: '' })).length
    const size = bytes(character).length
    const data = character.repeat(Math.floor(room / size)) + 'a'.repeat(room % size)
    const payload = bytes(encode({ ...message, data }))
    expect(payload.length).toBe(MAX_MESSAGE_BYTES)
    expect(decode(payload)).toMatchObject({ ok: true })
    expect(() => encode({ ...message, data: `${data}a` })).toThrow(RangeError)
  })
})

describe('a message of another program is taken', () => {
  test.each([
    ['without a correlation: it starts its own', { correlationid: undefined }, { correlationId: 'message-1' }],
    ['with a correlation of null', { correlationid: null }, { correlationId: 'message-1' }],
    ['with any unique string as id', { id: 'Ünïque / id: 1 😀' }, { id: 'Ünïque / id: 1 😀' }],
    ['with an id of 255 characters', { id: '😀'.repeat(255) }, { id: '😀'.repeat(255) }],
    ['with an id that looks like a number', { id: '42' }, { id: '42' }],
    ['with a URI as source', { source: 'https://example.com/shop#1' }, { source: 'https://example.com/shop#1' }],
    ['with a type nobody here knows', { type: 'parcel.sent_out.v12' }, { type: 'parcel.sent_out.v12' }],
    ['without a content type', { datacontenttype: undefined }, {}],
    ['with a charset', { datacontenttype: 'Application/JSON; charset=utf-8' }, {}],
    ['with extensions nobody here knows', { partitionkey: 'a', sequence: 7 }, {}],
    ['with nanoseconds and an offset', { time: '2030-01-31t12:00:00.123456789+14:00' }, {}],
    ['on a leap day', { time: '2032-02-29T23:59:59Z' }, {}],
    ['without data', { data: undefined }, { data: undefined }],
    ['with a schema reference', { dataschema: 'https://example.com/schema' }, {}],
  ])('%s', (_, attributes, expected) => {
    expect(decode(changed(attributes))).toMatchObject({ ok: true, message: expected })
  })

  test.each([
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'nonsense',
    7,
  ])('with a malformed trace, which is left out: %s', (traceparent) => {
    const { traceparent: _, ...untraced } = message
    expect(decode(changed({ traceparent }))).toStrictEqual({ ok: true, message: untraced })
  })

  test('with a byte order mark', () => {
    expect(decode(bytes(`\ufeff${JSON.stringify(event)}`))).toMatchObject({ ok: true })
  })

  test('nested 32 levels deep', () => {
    expect(decode(withData(nested(31)))).toMatchObject({ ok: true })
  })

  test('with the words constructor and prototype where they are harmless', () => {
    expect(decode(withData('{"constructor":"Müller","prototype":{"a":1},"text":"__proto__"}'))).toMatchObject({
      ok: true,
    })
  })

  test('with escapes of characters that may be kept', () => {
    expect(decode(withData('"\\ud83d\\ude00\\u00e9\\n"'))).toMatchObject({ ok: true, message: { data: '😀é\n' } })
  })
})

const control = 'id: expected 1 to 255 printable characters'
const hostile: readonly (readonly [name: string, payload: Uint8Array, reason: string, detail: string])[] = [
  ['nothing', bytes(''), 'not-json', 'the payload is not JSON'],
  ['one byte more than 256 KiB', new Uint8Array(MAX_MESSAGE_BYTES + 1), 'too-large', '262145 bytes'],
  ['a byte that is no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not-utf8', 'not valid UTF-8'],
  ['an overlong form', Uint8Array.of(0x22, 0xc0, 0x80, 0x22), 'not-utf8', 'not valid UTF-8'],
  ['half a surrogate as UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'not-utf8', 'not valid UTF-8'],
  ['a cut character', Uint8Array.of(0x22, 0xe2, 0x82), 'not-utf8', 'not valid UTF-8'],
  ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00), 'not-utf8', 'not valid UTF-8'],
  ['plain text', bytes('reserve stock'), 'not-json', 'not JSON'],
  ['cut JSON', bytes(JSON.stringify(event).slice(0, -1)), 'not-json', 'not JSON at position'],
  ['two values', bytes(`${JSON.stringify(event)}{}`), 'not-json', 'not JSON at position'],
  ['a number that JSON has not', withData('NaN'), 'not-json', 'not JSON'],
  ['a raw control character', withData('"\u0001"'), 'not-json', 'not JSON'],
  ['null', bytes('null'), 'not-a-cloud-event', 'expected a JSON object'],
  ['a string', bytes('"event"'), 'not-a-cloud-event', 'expected a JSON object'],
  ['a list', bytes(`[${JSON.stringify(event)}]`), 'not-a-cloud-event', 'expected a JSON object'],
  ['an empty object', bytes('{}'), 'not-a-cloud-event', 'specversion: expected "1.0"'],
  ['another version', changed({ specversion: '0.3' }), 'not-a-cloud-event', 'specversion: expected "1.0"'],
  ['a version that is a number', changed({ specversion: 1 }), 'not-a-cloud-event', 'specversion: expected "1.0"'],
  ['33 levels', withData(nested(32)), 'too-deep', 'deeper than 32'],
  ['100,000 levels', withData(nested(100_000)), 'too-deep', 'deeper than 32'],
  ['33 levels in an extension', bytes(`{"x":${nested(32)}}`), 'too-deep', 'deeper than 32'],
  ['__proto__', bytes('{"__proto__":{"admin":true}}'), 'forbidden-key', '"__proto__"'],
  ['__proto__ in the data', withData('{"a":[{"__proto__":null}]}'), 'forbidden-key', '"__proto__"'],
  ['__proto__ escaped', withData('{"\\u005f_proto__":{}}'), 'forbidden-key', '"__proto__"'],
  ['constructor.prototype', withData('{"constructor":{"prototype":{}}}'), 'forbidden-key', '"constructor.prototype"'],
  ['NUL in a text', withData('{"reason":"a\\u0000b"}'), 'forbidden-character', 'NUL'],
  ['NUL in a key', withData('{"a\\u0000":1}'), 'forbidden-character', 'NUL'],
  ['NUL in an extension', changed({ note: 'a\u0000b' }), 'forbidden-character', 'NUL'],
  ['NUL in the id', changed({ id: 'a\u0000b' }), 'forbidden-character', 'NUL'],
  ['half a surrogate pair', withData('"\\ud800"'), 'forbidden-character', 'half a surrogate pair'],
  ['the other half', withData('["\\udc00 "]'), 'forbidden-character', 'half a surrogate pair'],
  ['half a pair in a key', withData('{"\\ud83d":1}'), 'forbidden-character', 'half a surrogate pair'],
  ['a number too large', withData('{"amount":1e309}'), 'forbidden-number', 'Infinity'],
  ['a number too small', withData('[-5e0324]'), 'forbidden-number', 'Infinity'],
  ['halves in the wrong order', withData('"\\ude00\\ud83d"'), 'forbidden-character', 'half a surrogate pair'],
  ['no id', changed({ id: undefined }), 'invalid-attribute', control],
  ['an empty id', changed({ id: '' }), 'invalid-attribute', control],
  ['a numeric id', changed({ id: 7 }), 'invalid-attribute', control],
  ['an id of 256 characters', changed({ id: 'i'.repeat(256) }), 'invalid-attribute', control],
  ['an id with a line end', changed({ id: 'a\r\nNats-Msg-Id: b' }), 'invalid-attribute', control],
  ['an id with a C1 control', changed({ id: 'a\u0085' }), 'invalid-attribute', control],
  ['an id with a noncharacter', changed({ id: 'a\uffff' }), 'invalid-attribute', control],
  ['no type', changed({ type: undefined }), 'invalid-attribute', 'type: expected family.name.vN'],
  ['a type without version', changed({ type: 'order.created' }), 'invalid-attribute', 'type: expected'],
  ['a type with a wildcard', changed({ type: 'order.*.v1' }), 'invalid-attribute', 'type: expected'],
  ['a type that is all', changed({ type: '>' }), 'invalid-attribute', 'type: expected'],
  ['a type with a line end', changed({ type: 'order.created.v1\n' }), 'invalid-attribute', 'type: expected'],
  ['a type of 129 characters', changed({ type: `${'o'.repeat(126)}.v1` }), 'invalid-attribute', 'type: expected'],
  ['a subject as type', changed({ type: 'command.order.fail.v1' }), 'invalid-attribute', 'leave "command." out'],
  ['an event of XState', changed({ type: 'xstate.after.1000.order' }), 'reserved-type', 'state machine'],
  ['the start of XState', changed({ type: 'xstate.init' }), 'reserved-type', 'state machine'],
  ['a type of XState with version', changed({ type: 'xstate.stop.v1' }), 'reserved-type', 'state machine'],
  ['no source', changed({ source: undefined }), 'invalid-attribute', 'source: expected'],
  ['a source with an escape', changed({ source: '\u001b[2J' }), 'invalid-attribute', 'source: expected'],
  ['no subject', changed({ subject: undefined }), 'invalid-attribute', 'subject: expected'],
  ['a subject that is an object', changed({ subject: { orderId: '1' } }), 'invalid-attribute', 'subject: expected'],
  ['no time', changed({ time: undefined }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a time as number', changed({ time: 1_900_000_000 }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a day without time', changed({ time: '2030-01-31' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a time without offset', changed({ time: '2030-01-31T12:00:00' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a day that is not', changed({ time: '2030-02-29T12:00:00Z' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a century without leap day', changed({ time: '2100-02-29T12:00:00Z' }), 'invalid-attribute', 'time: expected'],
  ['the 31st of April', changed({ time: '2030-04-31T12:00:00Z' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['the 25th hour', changed({ time: '2030-01-31T24:00:00Z' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a leap second', changed({ time: '2030-12-31T23:59:60Z' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['the year 0', changed({ time: '0000-01-01T00:00:00Z' }), 'invalid-attribute', 'time: expected RFC 3339'],
  ['a numeric correlation', changed({ correlationid: 7 }), 'invalid-attribute', 'correlationid: expected'],
  ['an empty correlation', changed({ correlationid: '' }), 'invalid-attribute', 'correlationid: expected'],
  ['a causation with a tab', changed({ causationid: 'a\tb' }), 'invalid-attribute', 'causationid: expected'],
  ['XML', changed({ datacontenttype: 'application/xml' }), 'invalid-attribute', 'datacontenttype: expected'],
  ['almost JSON', changed({ datacontenttype: 'application/jsonp' }), 'invalid-attribute', 'datacontenttype: expected'],
  ['binary data', changed({ data_base64: 'AA==' }), 'invalid-attribute', 'data_base64: not supported'],
]

describe('a payload is refused, with the reason', () => {
  test.each(hostile)('%s', (_, payload, reason, detail) => {
    expect(decode(payload)).toMatchObject({ ok: false, reason, detail: expect.stringContaining(detail) })
  })

  test('and nothing on the way changed a prototype', () => {
    for (const [, payload] of hostile) decode(payload)
    expect(Reflect.get({}, 'admin')).toBeUndefined()
  })
})

describe('a refusal', () => {
  test('names id and type as far as they could be read', () => {
    expect(decode(changed({ time: 'now' }))).toMatchObject({ id: 'message-1', type: 'inventory.reserved.v1' })
    expect(decode(changed({ id: 7 }))).toMatchObject({ type: 'inventory.reserved.v1' })
    expect(decode(changed({ id: 7 }))).not.toHaveProperty('id')
  })

  test('repeats no id or type that could not be stored', () => {
    const refused = decode(changed({ id: 'a\u0000b', type: 'a\u0000b' }))
    expect(refused).not.toHaveProperty('id')
    expect(refused).not.toHaveProperty('type')
  })

  test('does not quote the payload', () => {
    const payload = bytes('{"card":"4242 4242 4242 4242", broken')
    expect(JSON.stringify(decode(payload))).not.toContain('4242')
  })
})
