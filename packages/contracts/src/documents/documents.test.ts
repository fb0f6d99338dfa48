import { describe, expect, test } from 'vitest'
import { type Contract, contracts, documentsOf } from '../index.ts'

type Json = Readonly<Record<string, unknown>>
interface Ref {
  readonly $ref: string
}
interface AsyncApi {
  readonly asyncapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly channels: Readonly<
    Record<string, { readonly address: string | null; readonly messages: Readonly<Record<string, Ref>> }>
  >
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly action: string
        readonly channel: Ref
        readonly messages: readonly Ref[]
        readonly reply?: { readonly channel: Ref; readonly messages: readonly Ref[] }
      }
    >
  >
  readonly components: { readonly messages: Json; readonly schemas: Json }
}

const listed = contracts.list.map((contract) => [contract.type, contract] as const)
const documents = documentsOf(contracts)
const documentNamed = (name: string): Json => JSON.parse(documents.get(name) ?? 'null') as Json
const asyncApi = documentNamed('asyncapi.json') as unknown as AsyncApi

const refsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  )
}
const resolve = (ref: string): unknown =>
  ref
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      asyncApi,
    )

/** The operation that says a message. */
const operationOf = ({ type }: Contract) => asyncApi.operations[type]

describe('the AsyncAPI document', () => {
  test('names its version and itself', () => {
    expect(asyncApi.asyncapi).toBe('3.0.0')
    expect(asyncApi.info).toMatchObject({ title: 'Skald messages', version: '1.0.0' })
  })

  test('refers to nothing that is not in it', () => {
    const refs = refsIn(asyncApi)
    expect(refs.length).toBeGreaterThan(100)
    expect(refs.filter((ref) => !ref.startsWith('#/') || resolve(ref) === undefined)).toEqual([])
  })

  test.each(listed)('has %s on the subject on which it travels', (_, contract) => {
    const channel = asyncApi.channels[contract.type]
    expect(channel?.address).toBe(contract.wire)
    expect(channel?.messages).toEqual({ [contract.type]: { $ref: `#/components/messages/${contract.type}` } })
    expect(operationOf(contract)).toMatchObject({ action: 'send', channel: { $ref: `#/channels/${contract.type}` } })
  })

  test('uses no subject twice', () => {
    const addresses = Object.values(asyncApi.channels).flatMap(({ address }) => address ?? [])
    expect(new Set(addresses).size).toBe(contracts.list.length)
  })

  test('lets operations name only messages of their own channels', () => {
    for (const { channel, messages, reply } of Object.values(asyncApi.operations)) {
      for (const { $ref } of messages) expect($ref.startsWith(`${channel.$ref}/messages/`)).toBe(true)
      for (const { $ref } of reply?.messages ?? [])
        expect($ref.startsWith(`${reply?.channel.$ref}/messages/`)).toBe(true)
    }
  })

  test.each(listed)('lists what may answer %s', (_, contract) => {
    const answers = [...(contract.replies?.success ?? []), ...(contract.replies?.failure ?? [])]
    const named = operationOf(contract)?.reply?.messages.map(({ $ref }) => $ref.split('/').at(-1)) ?? []
    expect(named).toEqual(answers.map(({ type }) => type))
  })

  test('uses every message and schema that it defines', () => {
    const refs = new Set(refsIn(asyncApi))
    const defined = [
      ...Object.keys(asyncApi.components.messages).map((name) => `#/components/messages/${name}`),
      ...Object.keys(asyncApi.components.schemas).map((name) => `#/components/schemas/${name}`),
    ]
    expect(defined.filter((ref) => !refs.has(ref))).toEqual([])
  })
})

describe('the JSON Schema of a message', () => {
  test.each(listed)('of %s is a whole document that forgives unknown fields', (type, { kind, wire }) => {
    const schema = documentNamed(`${type}.schema.json`)
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `urn:skald:message:${type}`,
      title: type,
      type: 'object',
      'x-message': { kind, wire },
    })
    expect(JSON.stringify(schema)).not.toContain('additionalProperties')
  })
})

test('the page for people names every message', () => {
  const page = documents.get('README.md') ?? ''
  expect(contracts.list.filter(({ type }) => !page.includes(`[\`${type}\`](${type}.schema.json)`))).toEqual([])
})
