import { codec, contracts, inventoryReserved, orderConfirmed, orderCreated, type Said } from '@skald/contracts'
import { deadLetters, type Message, Processor, tasks } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { createMemoryStore, MemoryBus, type MemoryStore, type MemoryStoreOptions } from '@skald/testing'
import type { Alert } from '../src/alerts/alert.ts'
import { coordinate, LOCK_ORDER } from '../src/coordinate.ts'
import { Definitions } from '../src/definitions.ts'
import { type Operate, type OperateReply, operate } from '../src/operator/operate.ts'
import { replayRows } from '../src/past/replay-rows.ts'
import { Pauses } from '../src/pauses/pauses.ts'
import { orderSaga } from '../src/sagas/order.saga.ts'
import { tripSaga } from '../src/sagas/trip.saga.ts'
import { type Action, auditEntries, auditFaults, auditHead } from '../src/store/audit-tables.ts'
import { alertTasks, concerns } from '../src/store/concern-tables.ts'
import { ALL, pauseId, type StepPause, stepPauses } from '../src/store/pause-table.ts'
import { history, historyInbox, type SagaRow, sagas } from '../src/store/saga-tables.ts'
import type { TimersAsked } from '../src/timers/change.ts'
import { type SetTimersReply, setTimers } from '../src/timers/set-timers.ts'
import { sagaView } from '../src/view.ts'
import { waker } from '../src/wake-tasks.ts'
import type { Passage, Patience } from '../src/waking.ts'
import { missedWake } from '../src/watching/missed-wake.ts'
import { whyView } from '../src/why/why.ts'

export const STEP_MS = 30_000
export const NUDGE_MS = 5_000
export const STUCK_MS = 60_000

const total = { amount: 100, currency: 'EUR' }
const items = [{ sku: 'A', quantity: 2, price: total }]
export const created = orderCreated({ orderId: 'o1', sagaId: 's1', customerId: 'c1', items, total })
export const reserved = inventoryReserved({ orderId: 'o1' })
/** Nothing that the saga waits for. */
export const unused = orderConfirmed({ orderId: 'o1' })

const silent = () => undefined
const ABOUT = { id: 'm', type: 'm', source: '/m', subject: 's1', time: '', correlationId: 's1' }
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

export interface Given {
  readonly nudgeAfterMs?: number
  /** Others than the order saga. */
  readonly definitions?: readonly Definition[]
  readonly serviceLevels?: Patience['serviceLevels']
  /** How long each transaction waits for its rows, milliseconds. */
  readonly waitMs?: () => number
}

/** The coordinator over a memory store, a memory bus and a clock that a test moves. */
export const coordinating = ({
  nudgeAfterMs = NUDGE_MS,
  definitions: given,
  serviceLevels = [],
  waitMs = () => 0,
}: Given = {}) => {
  let nowMs = 1_700_000_000_000
  const at: MemoryStoreOptions['at'] = (moment) => {
    if (moment === 'locked') nowMs += waitMs()
  }
  const store = createMemoryStore({ nowMs: () => nowMs, at })
  const bus = new MemoryBus()
  const stepTimeoutMs = STEP_MS
  const options = { stepTimeoutMs, undoAttempts: 3, undoBackoffMs: 1_000 }
  const definitions = new Definitions(given ?? [orderSaga(options), tripSaga({ stepTimeoutMs })])
  const patience = { nudgeAfterMs, stuckAfterMs: STUCK_MS, serviceLevels, alerts: true }
  const pauses = new Pauses({ nowMs: () => nowMs })
  const coordination = { definitions, patience, pauses }
  const processor = new Processor({
    source: '/saga-coordinator',
    store,
    bus,
    codec,
    check: contracts.check,
    handlers: coordinate(coordination),
    lockOrder: LOCK_ORDER,
    inbox: historyInbox,
    durables: [{ durable: 'd', maxInHand: 100 }],
    tasks: { take: {}, leaseMs: 1, pollMs: 1, limit: 1 },
    clock: { nowMs: () => nowMs, after: () => silent },
    observer,
  })
  const ports = { submit: processor.submit.bind(processor), bus, clock: { nowMs: () => nowMs, after: () => silent } }
  const wakeUp = waker(ports, coordination)
  void writePauses(store, nowMs, [])
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

  const { operate: act, ...operator } = operating(store, ports, operate(coordination))
  return {
    ...operator,
    operate: (action: Action, more: Operating = {}) => act(action, nowMs, more),
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
    ...looking(store, definitions, patience, () => nowMs),
    ...watching(store),
    ports: { ...ports, store },
    coordination,
    store,
    /** As the search for lost wakes tells of it. */
    missWake: () => ports.submit(missedWake(definitions, patience), { ...ABOUT, data: { sagaId: 's1' } }),
    wakeTask: () => store.all(tasks).find(({ kind }) => kind === 'wake'),
    letters: () => store.all(deadLetters),
    reasons: () => store.all(deadLetters).map(({ reason, message_id }) => `${message_id}: ${reason}`),
    pass: (ms: number) => {
      nowMs += ms
    },
    nowMs: () => nowMs,
    /** Wakes the saga as its due task would; the passage says whether what was sent is still on its way, or lost. */
    wake: ({ settled = () => true, wholeSinceMs = () => 0 }: Partial<Passage> = {}) =>
      wakeUp('s1', { settled, wholeSinceMs }),
    bus,
    ...pausing(store, pauses, () => nowMs),
    /** What an operator does to timers. */
    setTimers: (asked: TimersAsked, id = `timers/${Math.round(nowMs)}`) => {
      const handler = setTimers(coordination)
      const data = { ...asked, sagaIds: ['s1'], reason: 'why', actor: 'ada' }
      return ports.submit(handler, { ...ABOUT, id, type: handler.type, data }) as Promise<SetTimersReply>
    },
  }
}

const pausing = (store: MemoryStore, pauses: Pauses, now: () => number) => ({
  /** What operators have paused from now on, and every process knows of: steps of the order saga, '' for all of it. */
  pauseSteps: async (...steps: readonly string[]) => {
    await writePauses(store, now(), steps)
    await pauses.read(store)
  },
  /** The same, and no process knows of it yet. */
  pauseStepsUnseen: (...steps: readonly string[]) => writePauses(store, now(), steps),
})

const writePauses = (store: MemoryStore, sinceMs: number, steps: readonly string[]) => {
  const list = steps.map((step): StepPause => {
    const id = pauseId('order', step)
    return { id, definition: 'order', step, sinceMs, actor: 'ada', reason: 'why' }
  })
  const upserts = [{ name: ALL, pauses: list }]
  const change = { table: stepPauses, inserts: [], updates: [], upserts, deletes: [] }
  return store.transact([], () => ({ changes: [change], result: undefined }))
}

/** The saga, its history, and how HTTP shows both. */
const looking = (store: MemoryStore, definitions: Definitions, patience: Patience, nowMs: () => number) => {
  const steps = (sagaId = 's1') =>
    store
      .all(history)
      .filter((row) => row.saga_id === sagaId)
      .sort((a, b) => a.seq - b.seq)
  const saga = (sagaId = 's1') => store.all(sagas).find((row) => row.saga_id === sagaId)
  const known = () => saga() as SagaRow
  return {
    saga,
    steps,
    view: () => sagaView(known(), steps(), definitions),
    past: (seq: number) =>
      replayRows((version) => definitions.get('order', version), known(), steps().slice(0, seq), patience),
    why: () => whyView(known(), steps(), definitions, { nowMs: nowMs(), stuckAfterMs: STUCK_MS }),
  }
}

/** What is told of the saga, and how it is lost from sight. */
const watching = (store: MemoryStore) => ({
  concerns: () => store.all(concerns).map(({ kind, since }) => ({ kind, since })),
  alerts: () => store.all(alertTasks).map(({ body }) => body as Alert),
  loseWake: () =>
    store.transact([{ table: tasks, keys: ['wake/s1'], lock: true }], () => {
      const lost = { table: tasks, inserts: [], updates: [], upserts: [], deletes: ['wake/s1'] }
      return { changes: [lost], result: undefined }
    }),
})

type Operating = Partial<Operate> & { readonly id?: string }

/** What an operator does, and what is past the coordinator. */
const operating = (store: MemoryStore, { submit }: Pick<Processor, 'submit'>, handler: ReturnType<typeof operate>) => {
  const audit = () => store.all(auditEntries).sort((a, b) => a.seq - b.seq)
  /** Changes what the store says of the saga. */
  const place = (change: Partial<SagaRow>) =>
    store.transact([{ table: sagas, keys: ['s1'], lock: true }], (loaded) => {
      const row = { ...(loaded.get(sagas, 's1') as SagaRow), ...change }
      const updates = { table: sagas, inserts: [], updates: [row], upserts: [], deletes: [] }
      return { changes: [updates], result: undefined }
    })
  return {
    place,
    /** Gives the saga a history of this length; its entries are not there. */
    lengthen: (revision: number) => place({ revision }),
    audit,
    auditFaults: () => [...auditFaults(audit(), store.all(auditHead)[0])],
    operate: async (action: Action, nowMs: number, { id = `${action}/${Math.round(nowMs)}`, ...more }: Operating) => {
      const time = new Date(nowMs).toISOString()
      const about = { id, type: handler.type, source: '/saga-coordinator', subject: 'o1', time, correlationId: 's1' }
      const answer = await submit(handler, { ...about, data: { action, reason: 'why', actor: 'ada', ...more } })
      return answer as OperateReply
    },
  }
}
