/** The messages as a page for people. */
import { encode } from '../cloud-event.ts'
import type { Contract } from '../contract.ts'
import { inventoryReserved } from '../inventory.ts'
import type { Registry } from '../registry.ts'

const code = (text: string): string => `\`${text}\``
const link = (type: string): string => `[${code(type)}](${type}.schema.json)`
const codes = (list: readonly Contract[]): string => list.map(({ type }) => code(type)).join(', ') || 'none'

/** Columns of one width, as a formatter would leave them. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0), 3))
  const line = (cells: readonly string[], fill: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width, fill)).join(' | ')} |`
  return [line(head, ' '), line([], '-'), ...rows.map((cells) => line(cells, ' '))].join('\n')
}

const eventsTable = (list: readonly Contract[]): string =>
  table(
    ['event', 'said by', 'what it says', 'answers'],
    list
      .filter(({ kind }) => kind === 'event')
      .map((event) => {
        const answered = list.filter(
          ({ replies }) => replies && [...replies.success, ...replies.failure].some(({ type }) => type === event.type),
        )
        return [link(event.type), event.role.from, event.role.about, codes(answered)]
      }),
  )

const commandsTable = (contracts: Registry): string =>
  table(
    ['command', 'from → to', 'what it asks', 'done', 'not done', 'undone by'],
    contracts.list.flatMap((contract) => {
      if (contract.kind === 'event') return []
      const { type, role, replies } = contract
      const undo = contracts.undoOf(type)
      const route = `${role.from} → ${role.to ?? 'anyone'}`
      const answers = [codes(replies.success), codes(replies.failure), codes(undo ? [undo] : [])]
      return [[link(type), route, role.about, ...answers]]
    }),
  )

const example = (): string => {
  const text = encode({
    id: '01920f5e-8a3c-7b21-9d4e-2f6a1c3b5d7e',
    source: 'inventory-service',
    time: '2030-01-31T12:00:00.000Z',
    correlationId: '01920f5e-8a3c-7000-8000-000000000001',
    causationId: '01920f5e-8a3c-7f55-8e21-4b7c9a0d1e2f',
    ...inventoryReserved({ orderId: '01920f5e-8a3c-7000-8000-000000000002' }),
  })
  return JSON.stringify(JSON.parse(text), null, 2)
}

/** Why a message becomes a dead letter before anybody handles it. */
const REFUSALS = [
  ['`too-large`', 'more than 256 KiB'],
  ['`not-utf8`, `not-json`', 'not text, or not JSON'],
  ['`too-deep`', 'nested deeper than 32 levels'],
  ['`forbidden-key`', 'a key `__proto__`, or `constructor.prototype`'],
  ['`forbidden-character`', 'NUL or half a surrogate pair in a text'],
  ['`not-a-cloud-event`', 'no JSON object with `specversion` `1.0`'],
  ['`invalid-attribute`', 'an attribute of the envelope is missing or malformed'],
  ['`reserved-type`', 'a type that starts with `xstate.`'],
  ['`unknown-type`, `wrong-subject`', 'no such message here, or not on the subject of its type'],
  ['`invalid-data`', "`data` is not what the message's schema says"],
]

/** Markdown: the rules of the wire, then a table of events and one of commands. */
export const messagesPage = (contracts: Registry): string => `# Messages

Generated from \`packages/contracts\` by \`scripts/generate-messages.ts\`; changes made here are lost.
One JSON Schema a message lies beside this page, [cloud-event.schema.json](cloud-event.schema.json) describes the
envelope, [asyncapi.json](asyncapi.json) all of it as an AsyncAPI 3.0 document.

## On the wire

A message is a CloudEvents 1.0 event as JSON (structured mode), UTF-8, at most 256 KiB and 32 levels deep. An event
travels on the NATS subject that is its \`type\`, a command on \`command.\` + its \`type\`. The header \`Nats-Msg-Id\` is
the \`id\`, or \`id:n\` for the n-th repeat of the same event.

\`\`\`json
${example()}
\`\`\`

- \`id\` is any string of 1 to 255 printable characters that no other message has.
- \`subject\` is the order id or the sku that the message is about, the same as in \`data\`.
- \`correlationid\` is the saga. A message without one correlates to its own \`id\`.
- \`causationid\` is the id of the message that caused this one; a reply names its command here.
- \`traceparent\` is W3C Trace Context. A malformed one is ignored.

**Readers are tolerant, writers strict.** A field that a reader does not know is left out, so a version can gain
optional fields; nothing else of a published version ever changes, a message that must change gets a new version.
Everything else is refused: a missing field, a string where a number belongs, a number out of bounds. What is refused
becomes a dead letter with one of these reasons:

${table(['reason', 'what was wrong'], REFUSALS)}

## Events

Stream \`EVENTS\`. Facts, for anyone to read.

${eventsTable(contracts.list)}

## Commands

Stream \`COMMANDS\`. Each asks one thing of one participant and is answered by exactly one kind of event, done or not
done; \`product.announce.v1\` by a page of them. Silence is neither: a command that is not answered may have been done.

${commandsTable(contracts)}
`
