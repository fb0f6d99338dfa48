import type { RowRef, Rows, Table, TableShape } from './rows.ts'
import type { Change, Loaded, Read } from './store.ts'

interface Slot {
  readonly key: string
  /** What the database holds; 'unread' for blind rows that were not loaded. */
  readonly base: object | undefined | 'unread'
  now: object | undefined
  /** Only a locked row may be written: another one may have changed since it was read. */
  readonly locked: boolean
  /** Written to, even if the net effect is nothing: an unread row that was put and deleted must still be deleted. */
  touched: boolean
}

/**
 * The rows of one batch. Messages change them one after the other; a message that fails takes its own changes back
 * and leaves those of the others. At the end the net effect becomes one change a table.
 */
export class WorkingSet implements Rows {
  readonly #loaded: Loaded
  readonly #slots = new Map<TableShape, Map<string, Slot>>()
  #journal: Array<{ slot: Slot; before: object | undefined; touched: boolean }> = []

  constructor(loaded: Loaded, reads: readonly Read[]) {
    this.#loaded = loaded
    for (const { table, keys, lock } of reads) {
      const slots = this.#slots.get(table) ?? new Map<string, Slot>()
      for (const key of keys) {
        const row = loaded.get(table, key)
        // An inbox row that is to be written, too, is read twice; it stays locked.
        slots.set(key, { key, base: row, now: row, touched: false, locked: lock || slots.get(key)?.locked === true })
      }
      this.#slots.set(table, slots)
    }
  }

  get nowMs(): number {
    return this.#loaded.nowMs
  }

  get<R extends object>(table: Table<R>, key: string): Readonly<R> | undefined {
    return this.#slot(table, key).now as Readonly<R> | undefined
  }

  isLocked(table: TableShape, key: string): boolean {
    return this.#slots.get(table)?.get(key)?.locked ?? false
  }

  put<R extends object>(table: Table<R>, row: R): void {
    const key = (row as Readonly<Record<string, unknown>>)[table.key]
    if (typeof key !== 'string') throw new Error(`${table.name}: the key column ${table.key} must be text`)
    this.#write(this.#writable(table, key), row)
  }

  /** Writes a row that was not read because nothing can have written it: the caller holds the row that guards it. */
  add<R extends object>(table: Table<R>, key: string, row: R): void {
    const slots = this.#slots.get(table) ?? new Map<string, Slot>()
    this.#slots.set(table, slots)
    const slot = slots.get(key) ?? { key, base: undefined, now: undefined, touched: false, locked: true }
    slots.set(key, slot)
    this.#write(slot, row)
  }

  delete<R extends object>(table: Table<R>, key: string): void {
    this.#write(this.#writable(table, key), undefined)
  }

  /** Everything up to here stands. */
  keep(): void {
    this.#journal = []
  }

  /** Takes back what was written since the last keep. */
  undo(): void {
    for (const { slot, before, touched } of this.#journal.reverse()) {
      slot.now = before
      slot.touched = touched
    }
    this.#journal = []
  }

  /** The net effect, one change a table, rows sorted by key so that every replica locks in the same order. */
  changes(): Change[] {
    const changes: Change[] = []
    for (const [table, slots] of this.#slots) {
      const change = netChange(table, slots)
      if (change) changes.push(change)
    }
    return changes
  }

  #slot(table: TableShape, key: string): Slot {
    let slots = this.#slots.get(table)
    if (!slots) {
      slots = new Map()
      this.#slots.set(table, slots)
    }
    let slot = slots.get(key)
    if (!slot) {
      if (!table.blind) throw new Error(`${table.name} ${key} was not named in the handler's rows`)
      slot = { key, base: 'unread', now: undefined, touched: false, locked: true }
      slots.set(key, slot)
    }
    return slot
  }

  #writable(table: TableShape, key: string): Slot {
    const slot = this.#slot(table, key)
    if (!slot.locked) throw new Error(`${table.name} ${key} was named as read-only and cannot be written`)
    return slot
  }

  #write(slot: Slot, row: object | undefined): void {
    this.#journal.push({ slot, before: slot.now, touched: slot.touched })
    slot.now = row
    slot.touched = true
  }
}

const netChange = (table: TableShape, slots: ReadonlyMap<string, Slot>): Change | undefined => {
  const inserts: object[] = []
  const updates: object[] = []
  const upserts: object[] = []
  const deletes: string[] = []
  const dirty: Slot[] = []
  for (const slot of slots.values()) if (slot.touched && slot.now !== slot.base) dirty.push(slot)
  if (dirty.length === 0) return undefined
  for (const slot of dirty.sort((one, other) => (one.key < other.key ? -1 : 1))) {
    if (slot.now === undefined) {
      if (slot.base !== undefined) deletes.push(slot.key)
    } else if (slot.base === 'unread') upserts.push(slot.now)
    else if (slot.base === undefined) inserts.push(slot.now)
    else updates.push(slot.now)
  }
  return { table, inserts, updates, upserts, deletes }
}

/**
 * All reads of a batch: locked rows in the order of `lockOrder`, then rows that are only looked at; keys unique and sorted.
 * A row that one message writes and another looks at is locked for both.
 */
export const readsOf = (lockOrder: readonly TableShape[], refs: Iterable<RowRef>): Read[] => {
  const named = new Map<TableShape, ReturnType<typeof newNamed>>()
  for (const { table, key, readOnly, fresh } of refs) {
    if (!lockOrder.includes(table)) throw new Error(`table ${table.name} has no place in the lock order`)
    const keys = named.get(table) ?? newNamed()
    named.set(table, keys)
    if (readOnly) keys.looked.add(key)
    else keys.locked.add(key)
    if (fresh) keys.fresh.add(key)
  }
  const locks: Read[] = []
  const looks: Read[] = []
  for (const table of lockOrder) {
    const keys = named.get(table)
    if (!keys) continue
    const { locked, looked, fresh } = keys
    if (locked.size > 0) locks.push({ table, keys: [...locked].sort(), lock: true, fresh })
    const only = looked.size > 0 ? looked.difference(locked) : looked
    if (only.size > 0) looks.push({ table, keys: [...only].sort(), lock: false })
  }
  return [...locks, ...looks]
}

const newNamed = () => ({ locked: new Set<string>(), looked: new Set<string>(), fresh: new Set<string>() })
