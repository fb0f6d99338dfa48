/** JSON Schema of messages, in the form that readers in any language should use: unknown fields are forgiven. */
import { z } from 'zod'
import { MAX_ATTRIBUTE_CHARS } from '../attributes.ts'
import { type Contract, TYPE_MAX_CHARS, TYPE_PATTERN } from '../contract.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
/** The keyword that carries what a schema alone cannot say of a message. Unknown keywords are ignored by validators. */
export const MESSAGE_KEYWORD = 'x-message'

const typesOf = (list: readonly Contract[]): string[] => list.map(({ type }) => type)

const factsOf = (contract: Contract) => ({
  kind: contract.kind,
  wire: contract.wire,
  stream: contract.stream,
  replies: contract.replies && {
    success: typesOf(contract.replies.success),
    failure: typesOf(contract.replies.failure),
  },
  undoes: contract.undoes?.type,
})

/** The schema of a message's `data`, without the dialect that only a whole document names. */
export const dataSchemaOf = (contract: Contract): JsonSchema => {
  const { $schema: _, ...schema } = z.toJSONSchema(contract.schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // A reader of version 1 meets fields that were added after it was written.
      delete jsonSchema.additionalProperties
    },
  })
  return { title: contract.type, description: contract.role.about, ...schema }
}

/** A whole document for one message: its data, and who may answer it. */
export const messageSchemaOf = (contract: Contract): JsonSchema => ({
  $schema: DIALECT,
  $id: `urn:skald:message:${contract.type}`,
  ...dataSchemaOf(contract),
  [MESSAGE_KEYWORD]: factsOf(contract),
})

const attribute = (description: string) => ({
  type: 'string',
  minLength: 1,
  maxLength: MAX_ATTRIBUTE_CHARS,
  description,
})

/** The envelope around every message's data. */
export const envelopeSchema: JsonSchema = {
  title: 'CloudEvent',
  description: 'A CloudEvents 1.0 event as JSON (structured mode), at most 256 KiB. Other attributes are ignored.',
  type: 'object',
  properties: {
    specversion: { const: '1.0' },
    id: attribute('Any string that no other message has. Printable characters only.'),
    source: attribute('Who says it.'),
    type: { type: 'string', maxLength: TYPE_MAX_CHARS, pattern: TYPE_PATTERN.source },
    subject: attribute('What it is about: an order id or a sku.'),
    time: { type: 'string', format: 'date-time', description: 'Sent again, a message keeps its time.' },
    datacontenttype: { type: 'string', description: 'application/json, also when it is left out.' },
    correlationid: attribute('The saga it belongs to. Without it, the id of the message itself.'),
    causationid: attribute('Id of the message that caused it; a reply names its command here.'),
    traceparent: { type: 'string', description: 'W3C Trace Context; ignored when malformed.' },
    data: true,
  },
  required: ['specversion', 'id', 'source', 'type', 'subject', 'time', 'data'],
}

export const envelopeDocument: JsonSchema = { $schema: DIALECT, $id: 'urn:skald:cloud-event', ...envelopeSchema }
