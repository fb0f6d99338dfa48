import { inventoryReserve, paymentCharge, paymentConfirmed } from '@skald/contracts'
import type { Message } from '@skald/messaging'
import { operate } from '@skald/saga-coordinator'
import type { Databases } from '../verification/databases.ts'
import { isIn } from '../verification/definitions.ts'
import type { PaymentFact } from './books.ts'
import { type Decided, keptOf, type OrderEvidence } from './evidence.ts'
import { answersIn, type SagaFact, sagaNow } from './remembered.ts'
import type { Services } from './services.ts'
import { shortageOf } from './stock.ts'
import { UNDOES } from './streams.ts'

/*
 * A saga whose database is older than the others' asks what it asked before, and may decide otherwise this time: its deadline
 * runs again, a cancel is lost, the stock went to somebody else. So it is brought to where it was before anybody else says
 * anything: it hears what participants answered, asks those who forgot, and is cancelled where it was being undone.
 */

export type Participant = 'order' | 'payment' | 'inventory'

export interface Place {
  readonly databases: Databases
  readonly services: Services
}

export type Move =
  | { readonly kind: 'hear'; readonly reply: Message }
  | { readonly kind: 'tell'; readonly to: Participant; readonly command: Message }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'short'; readonly why: string }

export const ACTOR = 'verify --repair'

/** More than any order has steps: what goes on longer goes in circles. */
const MAX_MOVES = 20

/** What the saga asked and heard no answer to. */
export const waitingOf = ({ state, entries }: SagaFact): readonly Message[] => {
  const said = new Map(entries.flatMap((entry) => entry.said).map((message) => [message.id, message]))
  return (state?.waiting ?? []).flatMap(({ id }) => said.get(id) ?? [])
}

export const participantOf = ({ type }: Message): Participant | undefined => {
  const family = type.slice(0, type.indexOf('.'))
  return family === 'order' || family === 'payment' || family === 'inventory' ? family : undefined
}

/** The next thing that brings the saga to where it was; undefined when there is none. */
export const nextMove = async (
  { databases }: Pick<Place, 'databases'>,
  saga: SagaFact,
  decided: Decided,
  evidence: OrderEvidence,
): Promise<Move | undefined> => {
  if (saga.ended || saga.status === 'PAUSED' || saga.state === null) return undefined
  const isUndone = decided.undone && !isIn(saga.state.value, 'completing')
  for (const command of waitingOf(saga)) {
    const move = await moveFor(databases, command, isUndone, evidence)
    if (move) return move
  }
  return undefined
}

const moveFor = async (
  databases: Databases,
  command: Message,
  isUndone: boolean,
  evidence: OrderEvidence,
): Promise<Move | undefined> => {
  const to = participantOf(command)
  if (!to) return undefined
  const [reply] = (await answersIn(databases[to], [command])).get(command.id) ?? []
  if (reply && !(isUndone && reply.type === paymentConfirmed.type)) return { kind: 'hear', reply }
  // An undo must undo all there may be: with money kept the saga is first brought to where it asks for it back.
  if (isUndone && (command.type === paymentCharge.type || !mayKeepMoney(evidence))) return { kind: 'cancel' }
  if (to === 'payment' && !isDecided(evidence.payment)) return undefined
  const why = command.type === inventoryReserve.type && (await shortageOf(databases.inventory, command))
  return why ? { kind: 'short', why } : { kind: 'tell', to, command }
}

const isDecided = (payment: PaymentFact | undefined): boolean => payment !== undefined && payment.status !== 'PENDING'

const mayKeepMoney = ({ books, payment }: OrderEvidence): boolean =>
  keptOf(books) > 0 || payment?.status === 'CONFIRMED' || payment?.status === 'PENDING'

/** Brings the saga to where it was, as far as anybody remembers. Gives why it cannot go on without a person. */
export const bring = async (
  place: Place,
  sagaId: string,
  decided: Decided,
  evidence: OrderEvidence,
): Promise<string | undefined> => {
  for (let count = 0; count < MAX_MOVES; count += 1) {
    const saga = await sagaNow(place.databases.saga, sagaId)
    if (!saga || (decided.undone && isUndoing(saga))) return undefined
    const move = await nextMove(place, saga, decided, evidence)
    if (!move) return undefined
    if (move.kind === 'short') return move.why
    await make(place, saga, move)
  }
  throw new Error(`saga ${sagaId} was moved ${MAX_MOVES} times and is not where it was; look at its history`)
}

const make = async (
  { services }: Place,
  saga: SagaFact,
  move: Exclude<Move, { readonly kind: 'short' }>,
): Promise<void> => {
  if (move.kind === 'hear') await services.saga.hand(move.reply)
  else if (move.kind === 'tell') await services[move.to].hand(move.command)
  else await act(services, saga, 'cancel', 'it was being undone when its database was lost: others had acted on it')
}

/** As an operator does it, with a line in the audit. */
export const act = async (
  { saga: coordinator, coordination }: Services,
  { saga_id: correlationId, order_id: subject }: SagaFact,
  action: 'cancel' | 'pause',
  reason: string,
): Promise<void> => {
  const about = { subject, correlationId }
  const reply = await coordinator.ask(operate(coordination), { action, actor: ACTOR, reason }, about)
  if (reply.kind !== 'done') throw new Error(`saga ${correlationId} took no ${action}: ${JSON.stringify(reply)}`)
}

export const isUndo = (message: Message): boolean => UNDOES.some(({ type }) => type === message.type)

/** Whether it has asked for an undo. */
export const isUndoing = ({ entries }: SagaFact): boolean => entries.some(({ said }) => said.some(isUndo))
