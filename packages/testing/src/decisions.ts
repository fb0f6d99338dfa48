import {
  type Decision,
  derivedId,
  type Handler,
  type Message,
  type RowRef,
  type Rows,
  type Table,
  type TableShape,
  type Task,
  tasks,
} from '@skald/messaging'

/* Decisions tested by themselves: given rows, when this message comes, then this is said and these rows remain. */

export const NOW_MS = 1_900_000_000_000

/** Rows in memory: as strict as the runtime about rows that a handler did not name. */
export class MemoryRows implements Rows {
  readonly #tables = new Map<TableShape, Map<string, object>>()
  #named: (table: TableShape, key: string) => boolean = () => true

  /** Only these rows, from now on; all of them when not given. */
  restrict(refs?: readonly RowRef[]): void {
    this.#named = (table, key) => refs === undefined || refs.some((ref) => ref.table === table && ref.key === key)
  }

  get<R extends object>(table: Table<R>, key: string): Readonly<R> | undefined {
    // Blind rows may be written without being named, but nobody has read them.
    if (!this.#named(table, key)) throw notNamed(table, key)
    return this.#tables.get(table)?.get(key) as R | undefined
  }

  isLocked(table: TableShape, key: string): boolean {
    return this.#named(table, key)
  }

  put<R extends object>(table: Table<R>, row: R): void {
    const key = String(Reflect.get(row, table.key))
    this.#check(table, key)
    const rows = this.#tables.get(table) ?? new Map<string, object>()
    // As the database would give it back.
    rows.set(key, JSON.parse(JSON.stringify(row)))
    this.#tables.set(table, rows)
  }

  delete<R extends object>(table: Table<R>, key: string): void {
    this.#check(table, key)
    this.#tables.get(table)?.delete(key)
  }

  all<R extends object>(table: Table<R>): readonly R[] {
    return [...(this.#tables.get(table)?.values() ?? [])] as R[]
  }

  #check(table: TableShape, key: string): void {
    if (!table.blind && !this.#named(table, key)) throw notNamed(table, key)
  }
}

const notNamed = (table: TableShape, key: string): Error =>
  new Error(`${table.name} ${key} was not named in the handler's rows`)

let lastId = 0
export const uniqueId = (what: string): string => {
  lastId += 1
  return `${what}-${lastId}`
}

/** A message as it comes from the bus, or as a request. */
export const messageOf = <Data>(type: string, data: Data, more: Partial<Message> = {}): Message<Data> => ({
  id: uniqueId('message'),
  type,
  source: '/test',
  subject: 'test',
  time: '2030-01-01T00:00:00.000Z',
  correlationId: 'saga-1',
  ...more,
  data,
})

/** Decides one message over the rows, as the runtime would; what is refused has changed nothing. */
export const decide = <Data>(
  rows: MemoryRows,
  handler: Handler<Data>,
  message: Message<Data>,
  nowMs = NOW_MS,
): Decision => {
  rows.restrict(handler.rows(message))
  const idOf = (ordinal: number): string => derivedId(message.id, ordinal)
  const decision = handler.decide(message, rows, { nowMs, digest: `digest-of-${message.id}`, idOf, repeat: 0 })
  rows.restrict()
  return decision
}

/** Takes the only task of a kind, as a claim does: under a new token. */
export const takeTask = (rows: MemoryRows, kind: string): Task => {
  const found = rows.all(tasks).filter((task) => task.kind === kind)
  const [task] = found
  if (!task || found.length > 1) throw new Error(`expected one task ${kind}, found ${found.length}`)
  const taken = { ...task, token: uniqueId('token'), attempts: task.attempts + 1 }
  rows.put(tasks, taken)
  return taken
}
