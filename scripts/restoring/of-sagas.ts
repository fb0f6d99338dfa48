import { inventoryCommit, inventoryReserve, orderConfirm } from '@skald/contracts'
import type { Message } from '@skald/messaging'
import { isIn } from '../verification/definitions.ts'
import { act, bring, isUndo, isUndoing, nextMove, type Place, participantOf, waitingOf } from './bring.ts'
import { type Decided, decidedBy, keptOf, type OrderEvidence } from './evidence.ts'
import type { Finding, Repair } from './finding.ts'
import { evidenceOf, type Knowledge } from './knowledge.ts'
import { answersIn, type SagaFact } from './remembered.ts'
import { shortageOf } from './stock.ts'

/* What is found where the coordinator remembers the saga. */

const about = ({ saga_id: sagaId, order_id: orderId }: SagaFact) => ({ sagaId, orderId })

/** Every discrepancy of these sagas, and what brings it in order. */
export async function* repairsOf(place: Place, known: Knowledge, sagas: readonly SagaFact[]): AsyncGenerator<Repair> {
  yield* forgotten(place, known, sagas)
  for (const saga of sagas) {
    const evidence = evidenceOf(known, saga.order_id)
    const decided = decidedBy(saga.saga_id, evidence, known.streams)
    yield* bothWays(place, saga, decided)
    yield* chargeMissing(known, saga, evidence)
    if (!saga.ended && !contradicts(saga, decided)) yield* behind(place, saga, decided, evidence)
  }
}

/** Undone, when it gives back what was done; done, when it is past the point of no return. */
const roadOf = (saga: SagaFact): 'undone' | 'done' | 'open' => {
  if (saga.status === 'COMPENSATED' || isUndoing(saga)) return 'undone'
  return saga.status === 'COMPLETED' || (saga.state && isIn(saga.state.value, 'completing')) ? 'done' : 'open'
}

const contradicts = (saga: SagaFact, { undone, done }: Decided): boolean => {
  const road = roadOf(saga)
  return (road === 'undone' && done) || (road === 'done' && undone) || (undone && done)
}

function* bothWays(place: Place, saga: SagaFact, decided: Decided): Iterable<Repair> {
  if (!contradicts(saga, decided)) return
  const reason = `its saga is ${saga.status}, and ${othersOf(roadOf(saga))}`
  const detail = `${reason}: look at the order, the payment and the reservation, and settle it by hand`
  const finding: Finding = { verdict: 'person', discrepancy: 'decided-both-ways', ...about(saga), detail }
  yield { finding, ...pausing(place, saga, reason) }
}

const othersOf = (road: ReturnType<typeof roadOf>): string => {
  if (road === 'open') return 'some completed the order, others undid it'
  return road === 'undone' ? 'others completed the order' : 'others undid the order'
}

/** Nothing is decided by accident while a person looks. */
const pausing = (place: Place, saga: SagaFact, reason: string): Pick<Repair, 'carryOut'> =>
  saga.ended || saga.status === 'PAUSED'
    ? {}
    : {
        carryOut: async () => {
          await act(place.services, saga, 'pause', `restored: ${reason}`)
          return undefined
        },
      }

function* chargeMissing({ books }: Knowledge, saga: SagaFact, evidence: OrderEvidence): Iterable<Repair> {
  if (!books || roadOf(saga) !== 'done' || keptOf(evidence.books) > 0 || evidence.order?.amount === 0) return
  const amount = evidence.order && { amount: evidence.order.amount, currency: evidence.order.currency }
  const detail = 'its saga is past the payment, and the books of the gateway show no charge that was kept'
  yield {
    finding: { verdict: 'person', discrepancy: 'charge-missing', ...about(saga), ...(amount && { amount }), detail },
  }
}

/** What is done and not undone: with an undo said, only the undo is said again. */
const DOES: ReadonlySet<string> = new Set([inventoryReserve.type, inventoryCommit.type, orderConfirm.type])

/** What a saga said and was answered, and may have been forgotten since; what it waits for it asks again by itself. */
const toldBy = (saga: SagaFact): readonly Message[] => {
  const waiting = new Set(waitingOf(saga).map(({ id }) => id))
  const undoing = isUndoing(saga)
  return saga.entries
    .flatMap(({ said }) => said)
    .filter((message) => (undoing ? isUndo(message) : DOES.has(message.type)) && !waiting.has(message.id))
}

async function* forgotten({ databases, services }: Place, known: Knowledge, sagas: readonly SagaFact[]) {
  const told = sagas.flatMap((saga) => toldBy(saga).map((command) => ({ saga, command })))
  // What cannot be held again is not taken either: refused now, it would count as answered.
  const short = new Map<string, string>()
  for (const to of ['inventory', 'order'] as const) {
    const ours = told.filter(({ command }) => participantOf(command) === to)
    const commands = ours.map(({ command }) => command)
    const answers = await answersIn(databases[to], commands)
    const lost = ours.filter(({ command }) => !answers.has(command.id))
    for (const { saga, command } of lost.toSorted((a, b) => a.command.time.localeCompare(b.command.time))) {
      if (contradicts(saga, decidedBy(saga.saga_id, evidenceOf(known, saga.order_id), known.streams))) continue
      const what = { ...about(saga), discrepancy: 'command-forgotten' } as const
      if (saga.entries.some(({ message }) => message.type === 'operator.skip')) {
        const detail = `${to}-service forgot ${command.type}, and a person settled a step of this saga by hand: see whether it was this one`
        yield { finding: { ...what, verdict: 'person', discrepancy: 'settled-by-hand', detail } } satisfies Repair
        continue
      }
      const finding: Finding = {
        ...what,
        verdict: 'repaired',
        detail: `${to}-service is told ${command.type} once more`,
      }
      const carryOut = async (): Promise<Finding | undefined> => {
        const why = command.type === inventoryReserve.type && (await shortageOf(databases.inventory, command))
        if (why) short.set(saga.saga_id, why)
        const before = short.get(saga.saga_id)
        if (before) return stockShort(saga, before)
        await services[to].hand(command)
        return undefined
      }
      yield { finding, carryOut } satisfies Repair
    }
  }
}

const stockShort = (saga: SagaFact, why: string): Finding => ({
  ...about(saga),
  verdict: 'person',
  discrepancy: 'stock-short',
  detail: `${why}; adjust the stock, then repair again${saga.ended ? '' : ' and resume the saga'}`,
})

/** A saga that lives, and is not where it was. */
async function* behind(
  place: Place,
  saga: SagaFact,
  decided: Decided,
  evidence: OrderEvidence,
): AsyncGenerator<Repair> {
  const isReserving = waitingOf(saga).some(({ type }) => type === inventoryReserve.type)
  const isBehind =
    roadOf(saga) === 'open' && (decided.undone || decided.done || decided.paid || (decided.paying && isReserving))
  if (isBehind && saga.status === 'PAUSED') {
    const detail = `is paused, and ${decided.undone ? 'was being undone' : 'had gone on'}: ${decided.undone ? 'cancel it as soon as it is resumed' : 'resume it'}`
    yield { finding: { verdict: 'person', discrepancy: 'saga-behind', ...about(saga), detail } }
    return
  }
  const move = isBehind ? await nextMove(place, saga, decided, evidence) : undefined
  if (!move) {
    const waits = waitingOf(saga).map(({ type }) => type)
    const detail = waits.length > 0 ? `asks again: ${waits.join(', ')}` : `goes on by itself, or waits as it did`
    yield { finding: { verdict: 'heals', discrepancy: 'saga-waits', ...about(saga), detail } }
    return
  }
  const detail = decided.undone ? 'is cancelled, as it was being undone' : 'hears what was answered, up to where it was'
  yield {
    finding: { verdict: 'repaired', discrepancy: 'saga-behind', ...about(saga), detail },
    carryOut: () => broughtOr(place, saga, decided, evidence),
  }
}

/** Brings it to where it was; where that takes a person, it is paused, so that it decides nothing meanwhile. */
export const broughtOr = async (
  place: Place,
  saga: SagaFact,
  decided: Decided,
  evidence: OrderEvidence,
): Promise<Finding | undefined> => {
  const short = await bring(place, saga.saga_id, decided, evidence)
  if (!short) return undefined
  await act(place.services, saga, 'pause', `restored: ${short}`)
  return stockShort(saga, short)
}
