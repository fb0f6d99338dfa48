import { adjustments, reservations, stocks } from '@skald/inventory-service'
import { deadLetters, tasks } from '@skald/messaging'
import { orders } from '@skald/order-service'
import { payments } from '@skald/payment-service'
import {
  auditEntries,
  auditFaults,
  auditHead,
  type HistoryRow,
  reportedDeadLetters,
  type SagaRow,
} from '@skald/saga-coordinator'
import { trips } from '@skald/trip-service'
import { type Facts, type LedgerFact, type SagaFact, sagasIn } from '../verification/facts.ts'
import type { Histories } from '../verification/histories.ts'
import { breakIn, gapIn, hasSkip, type SlimEntry, type SlimHistory, shapeOf } from '../verification/history-shape.ts'
import { type Entry, type Replayed, replay } from '../verification/replay.ts'
import type { TripFact } from '../verification/trips.ts'
import { everySaga } from './every-saga.ts'
import type { World } from './world.ts'

/** What the simulated databases say, in the form in which `./scripts/verify` reads it from real ones. */
export const factsOf = (world: World, steps: readonly HistoryRow[]): Facts => {
  const { order, inventory, payment, saga } = world.databases
  const all = Object.values(world.databases)
  const sagaRows = everySaga(world).filter(({ definition }) => definition !== '')
  const facts = sagaRows.map(sagaFactOf)
  return {
    orders: byOrder(order.memory.all(orders).map((row) => ({ ...row, total: row.total_amount }))),
    ...sagasIn(facts),
    reservations: byOrder(inventory.memory.all(reservations)),
    payments: byOrder(payment.memory.all(payments)),
    trips: world.settings.trips > 0 ? tripsOf(world) : undefined,
    ledger: ledgerOf(world),
    stock: stockOf(world),
    openLetters: all.flatMap(({ memory }) => {
      const reporting = new Set(memory.all(tasks).map(({ id }) => id))
      return memory.all(deadLetters).flatMap(({ id }) => (reporting.has(`report-dead-letter/${id}`) ? [] : [id]))
    }),
    listedLetters: new Set(saga.memory.all(reportedDeadLetters).map(({ id }) => id)),
    histories: historiesOf(world, sagaRows, steps),
    auditFaults: [
      ...auditFaults(
        saga.memory.all(auditEntries).toSorted((one, other) => one.seq - other.seq),
        saga.memory.all(auditHead)[0],
      ),
    ],
  }
}

const tripsOf = ({ databases: { trip } }: World): ReadonlyMap<string, TripFact> =>
  new Map(trip.memory.all(trips).map((row) => [row.trip_id, { ...row, approval: row.approval?.status ?? null }]))

const byOrder = <Row extends { readonly order_id: string }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.order_id, row]))

const sagaFactOf = (row: SagaRow): SagaFact => ({
  saga_id: row.saga_id,
  order_id: row.business_key,
  definition: row.definition,
  version: row.version,
  status: row.status,
  ended: row.ended_at !== null,
  timers: JSON.stringify(row.timers),
  state: row.ended_at === null ? JSON.stringify(row.state) : null,
})

const ledgerOf = ({ gateway }: World): ReadonlyMap<string, LedgerFact> => {
  const ledger = new Map<string, LedgerFact>()
  const add = (order_id: string, more: Omit<LedgerFact, 'order_id'>): void => {
    const before = ledger.get(order_id) ?? { order_id, charged: 0, refunded: 0, charges: 0, refunds: 0 }
    ledger.set(order_id, {
      order_id,
      charged: before.charged + more.charged,
      refunded: before.refunded + more.refunded,
      charges: before.charges + more.charges,
      refunds: before.refunds + more.refunds,
    })
  }
  for (const { outcome, order_id, amount } of gateway.charges.values()) {
    if (outcome === 'succeeded') add(order_id, { charged: amount ?? 0, refunded: 0, charges: 1, refunds: 0 })
  }
  for (const { outcome, order_id, amount } of gateway.refunds.values()) {
    if (outcome === 'succeeded') add(order_id, { charged: 0, refunded: amount, charges: 0, refunds: 1 })
  }
  return ledger
}

const stockOf = ({ databases: { inventory } }: World): Facts['stock'] => {
  const sums = new Map<string, number>()
  for (const { sku, quantity } of inventory.memory.all(adjustments)) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
  return inventory.memory.all(stocks).map((row) => ({ ...row, adjusted: sums.get(row.sku) ?? 0 }))
}

/** Faults of histories by their settings and shape: a replay costs far more than the shape, and schedules have few. */
const replayed = new Map<string, Replayed>()

const historiesOf = (world: World, rows: readonly SagaRow[], all: readonly HistoryRow[]): Histories => {
  const found = { gaps: [] as string[], breaks: [] as string[], illegal: [] as string[] }
  const settledByHand = new Map<string, Replayed['skipped']>()
  const bySaga = Map.groupBy(all, ({ saga_id }) => saga_id)
  for (const { saga_id, definition, version, revision } of rows) {
    const steps = (bySaga.get(saga_id) ?? []).toSorted((one, other) => one.seq - other.seq)
    const slim: SlimHistory = { saga_id, definition, version, revision, entries: steps.map(slimOf) }
    const gap = gapIn(slim)
    const broken = breakIn(slim)
    const { fault: illegal, skipped } = replayOf(world, slim, steps)
    if (skipped.length > 0) settledByHand.set(saga_id, skipped)
    if (gap) found.gaps.push(`saga ${saga_id}: ${gap}`)
    if (broken) found.breaks.push(`saga ${saga_id}, ${broken}`)
    if (illegal) found.illegal.push(`saga ${saga_id}, ${illegal}`)
  }
  return { ...found, settledByHand }
}

const slimOf = (row: HistoryRow): SlimEntry => [
  row.seq,
  row.message_id,
  row.type,
  row.causation_id,
  JSON.stringify(row.from_state),
  JSON.stringify(row.to_state),
  row.outputs.map(({ type }) => type),
  row.type.startsWith('timer.') ? JSON.stringify(row.input) : null,
]

const replayOf = (world: World, slim: SlimHistory, steps: readonly HistoryRow[]): Replayed => {
  const { stepTimeoutMs, undoAttempts, undoBackoffMs } = world.settings
  const definition = world.definitions.get(slim.definition, slim.version)
  if (!definition) return { fault: `no definition ${slim.definition}@${slim.version}`, skipped: [] }
  // What was skipped differs in amounts and reasons.
  const versions = (version: number) => world.definitions.get(slim.definition, version)
  if (hasSkip(slim)) return replay(versions, slim.version, slim.saga_id, steps.map(entryOf))
  const shape = `${stepTimeoutMs} ${undoAttempts} ${undoBackoffMs} ${shapeOf(slim)}`
  const known = replayed.get(shape) ?? replay(versions, slim.version, slim.saga_id, steps.map(entryOf))
  replayed.set(shape, known)
  return known
}

const entryOf = (row: HistoryRow): Entry => ({
  seq: row.seq,
  messageId: row.message_id,
  type: row.type,
  causationId: row.causation_id,
  input: row.input,
  toState: JSON.stringify(row.to_state),
  saidTypes: row.outputs.map(({ type }) => type),
})
