import { products } from '@skald/inventory-service'
import { derivedId, inboxTable, REPORT_DEAD_LETTER, tasks, timeOf } from '@skald/messaging'
import { cancelledOrders, orders, productCopies } from '@skald/order-service'
import { payments } from '@skald/payment-service'
import {
  ACTIONS,
  archivedSagas,
  auditEntries,
  concerns,
  detours,
  type HistoryRow,
  history,
  type SagaRow,
  sagas,
} from '@skald/saga-coordinator'
import type { Customers } from './customer.ts'
import { unaskedDeadlines } from './deadlines.ts'
import type { Letters } from './letters.ts'
import type { Operator } from './operator.ts'
import { unreadQuestions } from './queued-questions.ts'
import type { StepPauser } from './step-pauser.ts'
import type { TimerMover } from './timer-mover.ts'
import type { Travellers } from './travellers.ts'
import { ownTripInvariants } from './trip-invariants.ts'
import type { World } from './world.ts'

export interface Seen {
  readonly world: World
  readonly customers: Customers
  readonly operator: Operator
  readonly letters: Letters
  readonly stepPauser: StepPauser
  readonly timerMover: TimerMover
  readonly travellers: Travellers
}

/** With what all of them would look up again. */
export interface Checked extends Seen {
  /** The histories of all sagas. */
  readonly steps: readonly HistoryRow[]
}

/** What a simulation can tell beyond `./scripts/verify`, or must tell from tables where that asks SQL. Names are shared. */
export type OwnInvariant = (checked: Checked) => Iterable<string>

const RESTING_TASKS = new Set(['ask-for-catalogue', REPORT_DEAD_LETTER])

/** Entries of a saga that a pause holds back are nobody's action on it. */
const isOperators = ({ type, input }: HistoryRow): boolean =>
  type.startsWith('operator.') && typeof input === 'object' && input !== null && 'reason' in input

export const ownInvariants: Readonly<Record<string, OwnInvariant>> = {
  *'every accepted order exists, once'({ world, customers }) {
    const rows = new Map(world.databases.order.memory.all(orders).map((row) => [row.order_id, row]))
    for (const { key, placed, sku, quantity } of customers.purchases) {
      if (!placed) yield `${key} was never answered`
      const row = placed && rows.get(placed.orderId)
      if (placed && !row) yield `${key} was answered with order ${placed.orderId}, which does not exist`
      if (row && !customers.prices.get(sku)?.has(row.total_amount / quantity)) {
        yield `order ${row.order_id} costs ${row.total_amount}, which ${quantity} ${sku} never did`
      }
    }
    if (rows.size > customers.purchases.length) yield `${rows.size} orders of ${customers.purchases.length} purchases`
  },

  'no customer is told two things': ({ customers }) => customers.complaints,

  'nothing is refused or fails that was sent in order': ({ world }) => world.troubles,

  'a dead letter is open again whenever it was sent and refused again': ({ letters }) => letters.faults(),

  'a dead letter is REDRIVEN when the broker has it, and OPEN when it was refused again': ({ world }) =>
    world.watch.untrueLetters,

  *'an order ends as its payment lets it'({ world, customers, operator }) {
    const rows = new Map(world.databases.order.memory.all(orders).map((row) => [row.order_id, row]))
    for (const { placed, paymentMethod, wantsCancel, quantity, sku } of customers.purchases) {
      const row = placed && rows.get(placed.orderId)
      if (row?.status === 'CONFIRMED' && !CHARGEABLE.test(paymentMethod)) {
        yield `order ${row.order_id} is CONFIRMED, paid with ${paymentMethod}`
      }
      const isTouched = placed && operator.touched.has(placed.sagaId)
      const isPlain =
        !isTouched && !world.settings.hasFaults && paymentMethod === 'sim_approved' && !wantsCancel && sku === 'book'
      if (isPlain && row?.status !== 'CONFIRMED') yield `order of ${quantity} is ${row?.status} without any fault`
    }
  },

  'no operator is told two things': ({ operator }) => operator.complaints,

  *'what an operator did is in the audit and in the history, once'({ world, operator, steps }) {
    const isOurs = new Set<string>(ACTIONS)
    const audit = world.databases.saga.memory.all(auditEntries).filter(({ action }) => isOurs.has(action))
    const keys = audit.map(({ idempotency_key }) => idempotency_key)
    for (const key of operator.done.keys()) {
      if (keys.filter((each) => each === key).length !== 1) yield `${key} is not in the audit once`
    }
    const done = steps.flatMap((step) => (isOperators(step) ? [step.message_id] : []))
    const unwritten = new Set(done).symmetricDifference(new Set(audit.map(({ id }) => id)))
    for (const id of unwritten) yield `action ${id} is in the audit or in the history, not in both`
    if (audit.length > operator.done.size)
      yield `${audit.length} actions in the audit, ${operator.done.size} were answered`
  },

  'a paused step says nothing': ({ stepPauser }) => stepPauser.faults(),

  'timers are moved once, and fire no sooner than they were moved to': ({ timerMover }) => timerMover.faults(),

  'what is acked was handled, and what it said is with the broker': ({ world }) => world.watch.early,

  'a message that is sent again is the same': ({ world }) => world.watch.changed,

  'a repeat has a number of its own, and its answer the same': ({ world }) => world.watch.swallowed,

  'a task goes when what it says is with the broker': ({ world }) => world.watch.unsaid,

  'an open command is seen to': ({ world }) => world.watch.forgotten,

  *'nobody is asked without need'({ world }) {
    const { undoAttempts } = world.settings
    for (const { saga_id, definition, status, state } of world.databases.saga.memory.all(sagas)) {
      if (status !== 'NEEDS_ATTENTION' || definition !== 'order') continue
      const { tries = {} } = (state?.context ?? {}) as { readonly tries?: Readonly<Record<string, Tries>> }
      // No payment method here is refused more often than twice.
      const mayBeRefused = undoAttempts <= 2
      const isTried = ({ silent, refused }: Tries) =>
        silent >= undoAttempts || (mayBeRefused && refused >= undoAttempts)
      if (Object.values(tries).some(isTried)) continue
      yield `saga ${saga_id} asks for a person after ${JSON.stringify(tries)}, ${undoAttempts} were allowed`
    }
  },

  *'a participant handles only what a saga said'({ world, steps }) {
    const { databases } = world
    const said = new Set<string>()
    for (const { message_id, outputs } of steps) {
      for (const ordinal of outputs.keys()) said.add(derivedId(message_id, ordinal))
    }
    for (const { name, memory } of [databases.payment, databases.inventory, databases.order, databases.trip]) {
      for (const { message_id, outputs } of memory.all(inboxTable)) {
        const isReply = outputs.some(({ type }) => type.startsWith(`${name}.`))
        if (isReply && !said.has(message_id)) yield `${name} handled ${message_id}, which no saga said`
      }
    }
  },

  'a deadline asks once more before it fires': ({ world, steps }) => unaskedDeadlines(world, steps),

  'a deadline waits for its question to be read': ({ world, steps }) => unreadQuestions(world, steps),

  *'no timer fired early'({ steps }) {
    for (const { message_id, type, at, saga_id } of steps) {
      const dueAtMs = type.startsWith('timer.') ? timeOf(message_id) : undefined
      if (dueAtMs !== undefined && at < dueAtMs) yield `saga ${saga_id}: ${type} fired ${dueAtMs - at} ms early`
    }
  },

  *'nothing is left to do'({ world }) {
    for (const { name, memory } of Object.values(world.databases)) {
      for (const { id, kind } of memory.all(tasks)) {
        if (!RESTING_TASKS.has(kind) && !waits(world, id)) yield `task ${id} of ${name} is left`
      }
    }
    if (!world.broker.isIdle) yield 'messages are queued or not acked'
  },

  "a lease is its holder's alone": ({ world }) => world.leases.broken,

  'an announcement is looked at again in time': ({ world }) => world.leases.putOff,

  'no wake of a saga that ended': ({ world }) => world.watch.woken,

  'a live saga waits for something that it can name': ({ world }) => world.watch.idle,

  *'sagas that a person should look at are listed, and no others'({ world }) {
    const { memory } = world.databases.saga
    const listed = new Set(memory.all(concerns).map(({ id }) => id))
    const told = memory
      .all(sagas)
      .flatMap(({ saga_id, watched }) => watched.flatMap((each) => (each.told ? [`${each.kind}/${saga_id}`] : [])))
    for (const id of listed.symmetricDifference(new Set(told))) yield `${id} is in the list or in the saga, not in both`
  },

  *'the list of detours shows sagas as they are'({ world }) {
    const listed = new Map(world.databases.saga.memory.all(detours).map((row) => [row.saga_id, row.status]))
    for (const { saga_id, status } of world.databases.saga.memory.all(sagas)) {
      const wanted = status === 'RUNNING' || status === 'COMPLETED' ? undefined : status
      if (listed.get(saga_id) !== wanted) yield `saga ${saga_id} is ${status}, the list says ${listed.get(saga_id)}`
      listed.delete(saga_id)
    }
    for (const saga_id of listed.keys()) yield `the list shows saga ${saga_id}, which is not there`
  },

  *'a saga is where it runs or in the archive, whole'({ world }) {
    const { memory } = world.databases.saga
    const running = new Set(memory.all(sagas).map(({ saga_id }) => saga_id))
    for (const { saga_id } of memory.all(archivedSagas)) {
      if (running.has(saga_id)) yield `saga ${saga_id} is in the archive, and it is not`
    }
    for (const { saga_id, message_id } of memory.all(history)) {
      if (!running.has(saga_id)) yield `entry ${message_id} of saga ${saga_id} was left behind`
    }
  },

  *'the list of cancelled orders is complete'({ world }) {
    const listed = new Set(world.databases.order.memory.all(cancelledOrders).map(({ order_id }) => order_id))
    for (const { order_id, status } of world.databases.order.memory.all(orders)) {
      if ((status === 'CANCELLED') !== listed.has(order_id)) yield `order ${order_id} is ${status}`
    }
  },

  *'every call to the gateway that is waited for is made'({ world }) {
    const made = new Set(world.databases.payment.memory.all(tasks).map(({ id }) => id))
    for (const { order_id, call, open_commands } of world.databases.payment.memory.all(payments)) {
      if (call === null ? open_commands.length > 0 : !made.has(call)) yield `order ${order_id} waits for ${call}`
    }
  },

  *'every copy of a product is the newest'({ world }) {
    const copies = new Map(world.databases.order.memory.all(productCopies).map((copy) => [copy.sku, copy.version]))
    for (const { sku, version } of world.databases.inventory.memory.all(products)) {
      if (copies.get(sku) !== version) yield `${sku} has version ${version}, its copy ${copies.get(sku)}`
    }
  },

  ...ownTripInvariants,
}

interface Tries {
  readonly refused: number
  readonly silent: number
}

/** Tokens whose charge may be heard to succeed. */
const CHARGEABLE = /^sim_(approved|slow|flaky)/

const waitsForPerson = ({ status }: SagaRow): boolean => status === 'NEEDS_ATTENTION'

/** A saga that waits for a person keeps what belongs to it: its order's announcement, and a wake while it has timers. */
const waits = ({ databases: { saga, order } }: World, taskId: string): boolean => {
  const id = taskId.slice(taskId.indexOf('/') + 1)
  const waiting = saga.memory.all(sagas).filter(waitsForPerson)
  if (taskId.startsWith('wake/')) return waiting.some(({ saga_id }) => saga_id === id)
  if (!/^announce-(order|cancel)\//.test(taskId)) return false
  const row = order.memory.all(orders).find(({ order_id }) => order_id === id)
  return row !== undefined && waiting.some(({ saga_id }) => saga_id === row.saga_id)
}
