/** The messages as an AsyncAPI 3.0 document: one channel a message, because the type is the NATS subject. */
import type { Contract } from '../contract.ts'
import type { Registry } from '../registry.ts'
import { dataSchemaOf, envelopeSchema } from './json-schema.ts'

const ref = (...path: readonly string[]) => ({ $ref: `#/${path.join('/')}` })
const byType = <Value>(list: readonly Contract[], make: (contract: Contract) => Value): Record<string, Value> =>
  Object.fromEntries(list.map((contract) => [contract.type, make(contract)]))

const repliesOf = (contract: Contract): readonly Contract[] =>
  contract.kind === 'event' ? [] : [...contract.replies.success, ...contract.replies.failure]
const replyChannel = (contract: Contract): string => `${contract.type}.replies`

const channelOf = (contract: Contract) => ({
  address: contract.wire,
  description: contract.role.about,
  messages: { [contract.type]: ref('components', 'messages', contract.type) },
  'x-jetstream': { stream: contract.stream, retention: 'limits', maxAge: '7 days' },
})

/** Replies come on the subjects of their own types; this channel only lists which. */
const replyChannelOf = (contract: Contract) => ({
  address: null,
  description: `What may answer ${contract.type}. The reply names the id of its command in \`causationid\`.`,
  messages: byType(repliesOf(contract), ({ type }) => ref('components', 'messages', type)),
})

const operationOf = (contract: Contract) => ({
  action: 'send',
  channel: ref('channels', contract.type),
  messages: [ref('channels', contract.type, 'messages', contract.type)],
  reply:
    contract.kind === 'event'
      ? undefined
      : {
          channel: ref('channels', replyChannel(contract)),
          messages: repliesOf(contract).map(({ type }) => ref('channels', replyChannel(contract), 'messages', type)),
        },
  'x-from': contract.role.from,
  'x-to': contract.role.to,
  'x-failures': contract.replies?.failure.map(({ type }) => type),
  'x-undoes': contract.undoes?.type,
})

const messageOf = (contract: Contract) => ({
  name: contract.type,
  summary: contract.role.about,
  contentType: 'application/cloudevents+json',
  headers: {
    type: 'object',
    properties: { 'Nats-Msg-Id': { type: 'string', description: 'The id, or `id:n` for the n-th repeat.' } },
  },
  correlationId: { location: '$message.payload#/correlationid' },
  payload: {
    allOf: [
      ref('components', 'schemas', 'CloudEvent'),
      {
        type: 'object',
        properties: { type: { const: contract.type }, data: ref('components', 'schemas', contract.type) },
      },
    ],
  },
})

export const asyncApi = (contracts: Registry): Readonly<Record<string, unknown>> => {
  const { list } = contracts
  const commands = list.filter(({ kind }) => kind === 'command')
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Skald messages',
      version: '1.0.0',
      description: 'Every message of the order flow, over NATS JetStream. Generated from the contracts.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      ...byType(list, channelOf),
      ...Object.fromEntries(commands.map((contract) => [replyChannel(contract), replyChannelOf(contract)])),
    },
    operations: byType(list, operationOf),
    components: {
      messages: byType(list, messageOf),
      schemas: { CloudEvent: envelopeSchema, ...byType(list, dataSchemaOf) },
    },
  }
}
