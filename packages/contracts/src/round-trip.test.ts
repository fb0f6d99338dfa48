import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Contract, contracts, decode, documentsOf, encode, type JsonSchema, type Message } from './index.ts'

const seed = Math.trunc(Math.random() * 0x7fff_ffff)
const runs = { seed, numRuns: 100 }

const listed = contracts.list.map((contract) => [contract.type, contract] as const)
const documents = documentsOf(contracts)
const published = ({ type }: Contract): JsonSchema =>
  JSON.parse(documents.get(`${type}.schema.json`) ?? '{}') as JsonSchema

const schemaAt = (value: unknown): JsonSchema => (typeof value === 'object' && value !== null ? { ...value } : {})

/** Anything that a published schema allows; so these properties hold for programs that know nothing but the documents. */
const allowedBy = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  switch (schema['type']) {
    case 'object': {
      const fields = Object.entries(schemaAt(schema['properties'])).map(([field, inner]) => [
        field,
        allowedBy(schemaAt(inner)),
      ])
      return fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
        requiredKeys: schema['required'] as string[],
        noNullPrototype: true,
      })
    }
    case 'array':
      return fc.array(allowedBy(schemaAt(schema['items'])), {
        minLength: Number(schema['minItems'] ?? 0),
        maxLength: Math.min(Number(schema['maxItems']), 5),
      })
    case 'integer':
      return fc.maxSafeInteger().map((number) => {
        const min = Number(schema['minimum'])
        const span = Number(schema['maximum']) - min + 1
        return min + (Math.abs(number) % span)
      })
    case 'boolean':
      return fc.boolean()
    case 'string':
      return fc.stringMatching(new RegExp(String(schema['pattern']), 'u'))
    default:
      throw new Error(`no arbitrary for ${JSON.stringify(schema)}`)
  }
}

const printable = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.test(text))
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom('1', '2', '9', 'a', 'f'), minLength: length, maxLength: length })
const traceparent = fc.tuple(hex(32), hex(16)).map(([trace, span]) => `00-${trace}-${span}-01`)
const time = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })

const messageOf = (type: string, data: fc.Arbitrary<unknown>): fc.Arbitrary<Message> =>
  fc.record(
    {
      id: printable,
      type: fc.constant(type),
      source: printable,
      subject: printable,
      time: time.map((date) => date.toISOString()),
      correlationId: printable,
      causationId: printable,
      traceparent,
      data,
    },
    { requiredKeys: ['id', 'type', 'source', 'subject', 'time', 'correlationId', 'data'], noNullPrototype: true },
  )

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe(`for any valid message (seed ${seed})`, () => {
  test.each(listed)('%s is read as it was written', (_, contract) => {
    fc.assert(
      fc.property(messageOf(contract.type, allowedBy(published(contract))), (message) => {
        expect(decode(bytes(encode(message)))).toStrictEqual({ ok: true, message })
      }),
      runs,
    )
  })

  test.each(contracts.list)(
    '$type holds data that its contract takes as the published schema allows it',
    (contract) => {
      fc.assert(
        fc.property(allowedBy(published(contract)), (data) => {
          expect(contracts.check(contract.type, data)).toEqual({ ok: true, data })
        }),
        runs,
      )
    },
  )

  test.each(listed)('%s may gain any field, at any depth, without being read otherwise', (_, contract) => {
    const grown = (value: unknown, extra: unknown): unknown => {
      if (Array.isArray(value)) return value.map((item) => grown(item, extra))
      if (typeof value !== 'object' || value === null) return value
      const fields = Object.entries(value).map(([key, inner]) => [key, grown(inner, extra)])
      return { ...Object.fromEntries(fields), later: extra }
    }
    fc.assert(
      fc.property(allowedBy(published(contract)), fc.jsonValue(), (data, extra) => {
        expect(contracts.check(contract.type, grown(data, extra))).toEqual({ ok: true, data })
      }),
      runs,
    )
  })
})

describe(`for any payload (seed ${seed})`, () => {
  test('random bytes are answered, not thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (payload) => {
        expect(decode(payload).ok).toBe(false)
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test('random JSON is answered, not thrown', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 40 }), (text) => {
        expect(decode(bytes(text)).ok).toBe(false)
      }),
      { seed, numRuns: 1_000 },
    )
  })

  test('a valid message with bytes changed is answered, and what is taken can be said again', () => {
    const change = fc.record({ at: fc.nat(600), byte: fc.nat(255) })
    const valid = messageOf('parcel.sent.v1', fc.jsonValue())
    fc.assert(
      fc.property(valid, fc.array(change, { minLength: 1, maxLength: 3 }), (message, changes) => {
        const payload = bytes(encode(message))
        for (const { at, byte } of changes) payload[at % payload.length] = byte
        const decoded = decode(payload)
        expect(decoded.ok ? decode(bytes(encode(decoded.message))) : decoded).toStrictEqual(decoded)
      }),
      { seed, numRuns: 2_000 },
    )
  })

  test.each(listed)('any data of %s is answered, not thrown', (type) => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        const read = contracts.check(type, data)
        expect(read.ok ? 0 : read.detail.length).toBeLessThanOrEqual(500)
      }),
      runs,
    )
  })
})
