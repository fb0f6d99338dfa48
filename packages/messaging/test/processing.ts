import {
  type Codec,
  deadLetters,
  type Handler,
  inbox,
  type Message,
  type Observer,
  Processor,
  type Said,
  type Store,
  type Table,
  table,
} from '@skald/messaging'
import { createMemoryStore, MemoryBus, type MemoryStoreOptions } from '@skald/testing'
import { onTestFinished } from 'vitest'

export interface Box {
  readonly id: string
  readonly content: number
}

export const boxes: Table<Box> = table<Box>({ name: 'box', key: 'id', columns: { id: 'text', content: 'integer' } })

const plainCodec: Codec = {
  encode: (message) => JSON.stringify(message),
  decode(payload) {
    try {
      return { ok: true, message: JSON.parse(new TextDecoder().decode(payload)) as Message }
    } catch (error) {
      return { ok: false, reason: 'not-json', detail: String(error) }
    }
  },
  wireOf: (type) => (type.startsWith('put') ? `command.${type}` : type),
}

/** Puts something into a box and says how much is in it. What it holds is told by its data. */
export const put: Handler<{ box: string; amount: number }> = {
  type: 'put.v1',
  rows: ({ data }) => [{ table: boxes, key: data.box }],
  decide({ data }, rows) {
    if (data.amount < 0) throw new Error('a bug')
    const content = (rows.get(boxes, data.box)?.content ?? 0) + data.amount
    rows.put(boxes, { id: data.box, content })
    return { says: [was(data.box, content)] }
  },
}

export const was = (box: string, content: number): Said => ({ type: 'was-put.v1', subject: box, data: { content } })

export const message = (id: string, box: string, amount: number): Message => ({
  id,
  type: 'put.v1',
  source: '/test',
  subject: box,
  time: '2026-01-01T00:00:00.000Z',
  correlationId: 'c',
  data: { box, amount },
})

const silent: Observer = {
  batch: () => undefined,
  handled: () => undefined,
  duplicate: () => undefined,
  resent: () => undefined,
  redelivered: () => undefined,
  deadLetter: () => undefined,
  failed: () => undefined,
  stalled: () => undefined,
  unpublished: () => undefined,
  taskTaken: () => undefined,
  paused: () => undefined,
}

export interface ProcessingOptions {
  readonly handlers?: readonly Handler[]
  readonly store?: MemoryStoreOptions
  readonly wrap?: (store: Store) => Store
  readonly observer?: Partial<Observer>
  readonly codec?: Codec
  /** The process's own clock. */
  readonly nowMs?: () => number
}

/** A running processor over a memory store and a memory bus, until the test has finished. */
export const processing = ({
  handlers = [put as Handler],
  store: storeOptions,
  wrap,
  observer,
  nowMs = () => 0,
  codec = plainCodec,
}: ProcessingOptions = {}) => {
  const store = createMemoryStore({ nowMs: () => 1_000, ...storeOptions })
  const bus = new MemoryBus()
  const processor = new Processor({
    source: '/test',
    store: wrap ? wrap(store) : store,
    bus,
    codec,
    check: (_type, data) => ({ ok: true, data }),
    handlers,
    lockOrder: [boxes],
    inbox,
    durables: [{ durable: 'd', maxInHand: 100 }],
    tasks: { take: {}, leaseMs: 1, pollMs: 1, limit: 1 },
    clock: {
      nowMs,
      after(delayMs, then) {
        const timer = setTimeout(then, delayMs)
        return () => clearTimeout(timer)
      },
    },
    observer: { ...silent, ...observer },
  })
  processor.start()
  onTestFinished(() => processor.stop(1_000))
  return {
    bus,
    processor,
    deliver: (each: Message, options: { msgId?: string; deliveries?: number } = {}) =>
      bus.deliver('d', codec.encode(each), { subject: 'command.put.v1', msgId: each.id, ...options }),
    deliverText: (text: string, subject = 'command.put.v1', sequence?: number) =>
      bus.deliver('d', text, { subject, ...(sequence !== undefined && { sequence }) }),
    box: (id: string) => store.all(boxes).find((row) => row.id === id)?.content,
    inboxRows: () => store.all(inbox.table),
    letters: () => store.all(deadLetters),
    said: () => bus.published.map(({ msgId, payload }) => ({ msgId, ...(JSON.parse(payload) as Message) })),
  }
}
