import { dayOf } from './ids.ts'
import type { Message, Said } from './message.ts'
import { type Table, type TableShape, table } from './rows.ts'

/**
 * One row a message handled: what it was and what was said because of it. Together with the message's own id the
 * outputs can be made again byte for byte, so a message that comes again is answered again, and handled once.
 */
export interface InboxRow {
  readonly message_id: string
  readonly bucket: number
  readonly digest: string
  readonly outputs: readonly Said[]
  readonly handled_at: number
}

/** Where handled messages are remembered. A participant has an inbox table, for the coordinator a saga's history is it. */
export interface Inbox<R extends object = object> {
  readonly table: Table<R>
  read(row: R): Handled
  /** `record` is what the handler's decision gave for further columns. */
  write(message: Message, handled: Handled, record: object | undefined): R
}

export interface Handled {
  readonly digest: string
  readonly outputs: readonly Said[]
  readonly handledAtMs: number
}

export const inboxTable: Table<InboxRow> = table<InboxRow>({
  name: 'inbox',
  key: 'message_id',
  columns: { message_id: 'text', bucket: 'integer', digest: 'text', outputs: 'json', handled_at: 'time' },
  partition: { column: 'bucket', of: dayOf },
})

export const inbox: Inbox<InboxRow> = {
  table: inboxTable,
  read: ({ digest, outputs, handled_at }) => ({ digest, outputs, handledAtMs: handled_at }),
  write: ({ id }, { digest, outputs, handledAtMs }) => ({
    message_id: id,
    bucket: dayOf(id),
    digest,
    outputs,
    handled_at: handledAtMs,
  }),
}

/** Whether a row of this inbox may be read: its table is read last, after every lock, so that it shows what a lock waited for. */
export const inboxRead = (table: TableShape, ids: Iterable<string>) => ({
  table,
  keys: [...new Set(ids)].sort(),
  lock: false,
})
