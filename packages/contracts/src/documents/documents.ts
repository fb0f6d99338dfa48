/** All generated documents of a registry. */
import type { Registry } from '../registry.ts'
import { asyncApi } from './asyncapi.ts'
import { envelopeDocument, messageSchemaOf } from './json-schema.ts'
import { jsonText } from './json-text.ts'
import { messagesPage } from './page.ts'

/** File name to text. The same registry always gives the same texts. */
export const documentsOf = (contracts: Registry): ReadonlyMap<string, string> =>
  new Map([
    ['README.md', messagesPage(contracts)],
    ['asyncapi.json', jsonText(asyncApi(contracts))],
    ['cloud-event.schema.json', jsonText(envelopeDocument)],
    ...contracts.list.map((contract): [string, string] => [
      `${contract.type}.schema.json`,
      jsonText(messageSchemaOf(contract)),
    ]),
  ])
