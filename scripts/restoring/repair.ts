import { newId } from '@skald/messaging'
import { markRestore, type RestoreStanding, recordRestore } from '@skald/saga-coordinator'
import { type Databases, openDatabases } from '../verification/databases.ts'
import { ACTOR, type Place } from './bring.ts'
import type { Finding, Repair } from './finding.ts'
import { gatherKnowledge, lostSinceMs } from './knowledge.ts'
import { outdatedProducts, unlistedLetters } from './of-letters.ts'
import { behindTheBooks, lostCancels, lostOrders, lostSagas, ordersToBe, unknownOrders } from './of-orders.ts'
import { repairsOf } from './of-sagas.ts'
import { sagasIn } from './remembered.ts'
import { openServices } from './services.ts'
import { readStreams } from './streams.ts'

export interface RepairOptions {
  /** Where the databases are, and the variables with which the system runs. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Administrative; undefined when the streams are lost as well. */
  readonly natsUrl: string | undefined
  /** Looks and says, writes nothing. */
  readonly dryRun: boolean
}

export interface RepairReport {
  readonly dryRun: boolean
  readonly findings: readonly Finding[]
  /** From when on they were read; undefined for all that they hold. */
  readonly streamsSinceMs: number | undefined
  /** Why the streams, which may remember what no database does, were not read. */
  readonly streamsUnread: string | undefined
}

/**
 * Brings databases that were restored to different times in order with each other. No service may run meanwhile: it would
 * act on what is not yet brought in order.
 */
export const repair = async ({ env, natsUrl, dryRun }: RepairOptions): Promise<RepairReport> => {
  const databases = await openDatabases(env)
  const services = openServices(env)
  try {
    await refuseWhileServicesRun(databases)
    const place: Place = { databases, services }
    const unfinished = await unfinishedRestore(databases)
    const sinceMs = unfinished ? (unfinished.streamsSinceMs ?? undefined) : await lostSinceMs(databases)
    const streams = await readStreams(natsUrl, sinceMs)
    const mark = (isOver: boolean) => markAs(place, { streamsSinceMs: sinceMs ?? null, isOver })
    const findings: Finding[] = []
    let isBegun = unfinished !== undefined
    // Each looks at what those before it have left: a payment by the books answers the saga that is started again.
    for (const look of LOOKS) {
      const known = await gatherKnowledge(databases, streams, env['USE_SIMULATED_PAYMENT'] !== 'false')
      const found: Repair[] = []
      for await (const each of look(place, known)) found.push(each)
      if (!dryRun && !isBegun && found.some((each) => each.carryOut)) {
        await mark(false)
        isBegun = true
      }
      for (const each of found) findings.push(dryRun ? each.finding : await carryOut(place, each))
    }
    // What a person has seen to is repaired by the same evidence.
    if (!dryRun && isBegun && findings.every(({ verdict }) => verdict !== 'person')) await mark(true)
    return { dryRun, findings, streamsSinceMs: sinceMs, streamsUnread: streams.unread }
  } finally {
    await Promise.all([services.close(), databases.close()])
  }
}

type Known = Awaited<ReturnType<typeof gatherKnowledge>>
type Look = (place: Place, known: Known) => AsyncIterable<Repair> | Iterable<Repair>

async function* sagaLook(place: Place, known: Known): AsyncGenerator<Repair> {
  for await (const sagas of sagasIn(place.databases.saga)) yield* repairsOf(place, known, sagas)
}

async function* orderLook(place: Place, known: Known): AsyncGenerator<Repair> {
  const created = new Map(known.streams.created)
  for await (const sagas of sagasIn(place.databases.saga)) {
    for (const { order_id, entries } of sagas) {
      const first = entries.find(({ message }) => message.type === 'order.created.v1')
      if (first && !known.orders.has(order_id)) created.set(order_id, first.message)
    }
  }
  yield* lostOrders(place, known, created.values())
  yield* unknownOrders(known, new Set(created.keys()))
}

/** Those that are put back from the stream have no saga either, where that is lost, too. */
const lostSagaLook: Look = (place, known) => lostSagas(place, known, [...known.orders.values(), ...ordersToBe(known)])

const LOOKS: readonly Look[] = [
  orderLook,
  behindTheBooks,
  sagaLook,
  lostSagaLook,
  lostCancels,
  (place) => unlistedLetters(place),
  (place) => outdatedProducts(place.databases),
]

const carryOut = async ({ services }: Place, { finding, carryOut: act }: Repair): Promise<Finding> => {
  const done = (await act?.()) ?? finding
  if (act && done.sagaId !== undefined && done.verdict === 'repaired') {
    const about = {
      subject: done.orderId ?? done.sagaId,
      correlationId: done.sagaId,
      id: newId(Date.now(), randomId()),
    }
    const reason = `${done.discrepancy}: ${done.detail}`
    await services.saga.ask(recordRestore, { actor: ACTOR, reason }, about)
  }
  return done
}

const UNFINISHED = `SELECT after FROM operator_audit WHERE action = 'restore' AND saga_id IS NULL ORDER BY seq DESC LIMIT 1`

/**
 * A repair that died has written to the databases, so that they no longer show since when they had lost what was said: it stands
 * in the audit.
 */
const unfinishedRestore = async ({ saga }: Databases): Promise<RestoreStanding | undefined> => {
  const [row] = (await saga.query<{ after: string }>(UNFINISHED)).rows
  const standing = row && (JSON.parse(row.after) as RestoreStanding)
  return standing?.isOver === false ? standing : undefined
}

const markAs = ({ services }: Place, standing: RestoreStanding): Promise<object> => {
  const reason = standing.isOver ? 'the repair after a restore is over' : 'a repair after a restore begins'
  return services.saga.ask(markRestore, { actor: ACTOR, reason, standing }, { subject: 'restore' })
}

const randomId = (): string => crypto.randomUUID().replaceAll('-', '')

const SERVICES = ['order-service', 'payment-service', 'inventory-service', 'saga-coordinator']
const CONNECTED = `SELECT DISTINCT application_name AS name FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = ANY($1::text[])`

const refuseWhileServicesRun = async ({ order, payment, inventory, saga }: Databases): Promise<void> => {
  const names = new Set<string>()
  for (const database of [order, payment, inventory, saga]) {
    for (const { name } of (await database.query<{ name: string }>(CONNECTED, [SERVICES])).rows) names.add(name)
  }
  if (names.size > 0) throw new Error(`${[...names].join(', ')} runs: stop it before the repair, and start it after`)
}
