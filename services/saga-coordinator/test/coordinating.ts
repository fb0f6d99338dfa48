import { codec, contracts, type Said } from '@skald/contracts'
import { deadLetters, type Message, Processor, tasks } from '@skald/messaging'
import { createMemoryStore, MemoryBus } from '@skald/testing'
import { coordinate, LOCK_ORDER } from '../src/coordinate.ts'
import { Definitions } from '../src/definitions.ts'
import { orderSaga } from '../src/sagas/order.saga.ts'
import { history, historyInbox, type SagaRow, sagas } from '../src/store/saga-tables.ts'
import { waker } from '../src/wake-tasks.ts'
import type { Passage } from '../src/waking.ts'

export const STEP_MS = 30_000
export const NUDGE_MS = 5_000

const silent = () => undefined
const observer = {
  batch: silent,
  handled: silent,
  duplicate: silent,
  resent: silent,
  redelivered: silent,
  deadLetter: silent,
  failed: silent,
  stalled: silent,
  unpublished: silent,
  taskTaken: silent,
  paused: silent,
}

/** The coordinator over a memory store, a memory bus and a clock that a test moves. */
export const coordinating = () => {
  let nowMs = 1_700_000_000_000
  const store = createMemoryStore({ nowMs: () => nowMs })
  const bus = new MemoryBus()
  const definitions = new Definitions([orderSaga({ stepTimeoutMs: STEP_MS, undoAttempts: 3, undoBackoffMs: 1_000 })])
  const patience = { nudgeAfterMs: NUDGE_MS }
  const processor = new Processor({
    source: '/saga-coordinator',
    store,
    bus,
    codec,
    check: contracts.check,
    handlers: coordinate(definitions, patience),
    lockOrder: LOCK_ORDER,
    inbox: historyInbox,
    durables: [{ durable: 'd', maxInHand: 100 }],
    tasks: { take: {}, leaseMs: 1, pollMs: 1, limit: 1 },
    clock: { nowMs: () => nowMs, after: () => silent },
    observer,
  })
  const ports = { submit: processor.submit.bind(processor), bus, clock: { nowMs: () => nowMs, after: () => silent } }
  const wakeUp = waker(ports, definitions, patience)
  processor.start()

  const tell = (said: Said, fields: Partial<Message> & { readonly msgId?: string } = {}) => {
    const { msgId, ...own } = fields
    const message: Message = {
      id: `${said.type}/${Math.round(nowMs)}`,
      source: '/somebody',
      time: new Date(nowMs).toISOString(),
      correlationId: 's1',
      ...said,
      ...own,
    }
    return bus.deliver('d', codec.encode(message), { subject: said.type, msgId: msgId ?? message.id })
  }

  return {
    processor,
    tell,
    /** What was published since the last call, as type and repeat. */
    said: () =>
      bus.published.splice(0).map(({ msgId, payload }) => {
        const decoded = codec.decode(new TextEncoder().encode(payload))
        if (!decoded.ok) throw new Error(decoded.detail)
        const { id, type, data, causationId } = decoded.message
        return { id, type, data, causationId, repeat: msgId === id ? 0 : Number(msgId.slice(id.length + 1)) }
      }),
    saga: (sagaId = 's1') => store.all(sagas).find((row) => row.saga_id === sagaId),
    steps: (sagaId = 's1') =>
      store
        .all(history)
        .filter((row) => row.saga_id === sagaId)
        .sort((a, b) => a.seq - b.seq),
    /** Gives the saga a history of this length; its entries are not there. */
    lengthen: (revision: number) =>
      store.transact([{ table: sagas, keys: ['s1'], lock: true }], (loaded) => {
        const row = loaded.get(sagas, 's1') as SagaRow
        const change = { table: sagas, inserts: [], updates: [{ ...row, revision }], upserts: [], deletes: [] }
        return { changes: [change], result: undefined }
      }),
    wakeTask: () => store.all(tasks).find(({ kind }) => kind === 'wake'),
    letters: () => store.all(deadLetters),
    pass: (ms: number) => {
      nowMs += ms
    },
    nowMs: () => nowMs,
    /** Wakes the saga as its due task would; the passage says whether what was sent is still on its way, or lost. */
    wake: ({ settled = () => true, wholeSinceMs = () => 0 }: Partial<Passage> = {}) =>
      wakeUp('s1', { settled, wholeSinceMs }),
    bus,
  }
}
