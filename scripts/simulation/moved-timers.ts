import { timeOf } from '@skald/messaging'
import { type ChangedTimer, type HistoryRow, TIMER_ACTIONS, type TimersAsked } from '@skald/saga-coordinator'

/* What histories say of timers that were moved, against when they fired. */

interface Moved {
  readonly actionId: string
  readonly timers: readonly ChangedTimer[]
}

const MOVES = new Set(TIMER_ACTIONS.map((action) => `operator.${action}`))

const movedBy = ({ type, input }: HistoryRow): Moved | undefined => (MOVES.has(type) ? (input as Moved) : undefined)

/** The action of an entry that moves timers. */
export const actionOf = (step: HistoryRow): string | undefined => movedBy(step)?.actionId

export const timersIn = (step: HistoryRow): readonly ChangedTimer[] => movedBy(step)?.timers ?? []

/** Timers of an entry that were not meant, or are due at another time than was asked for: now, where that is past. */
export function* otherThanAsked({ choice, change }: TimersAsked, step: HistoryRow): Iterable<string> {
  const dueOf = ({ wasDueAtMs }: ChangedTimer): number | null => {
    if (change.kind === 'cancel') return null
    return Math.max(change.kind === 'to' ? change.dueAtMs : wasDueAtMs + change.byMs, Math.ceil(step.at))
  }
  for (const timer of timersIn(step)) {
    const isMeant = timer.name === (choice.name ?? timer.name) && timer.arm === (choice.arm ?? timer.arm)
    if (isMeant && timer.dueAtMs === dueOf(timer)) continue
    yield `saga ${step.saga_id}, entry ${step.seq}: ${JSON.stringify(timer)}, asked was ${JSON.stringify({ choice, change })}`
  }
}

/** Timers that fired before the time to which they were moved, or although they were cancelled; moves of what stood still. */
export function* timersAgainst(steps: readonly HistoryRow[]): Iterable<string> {
  for (const [sagaId, entries] of Map.groupBy(steps, ({ saga_id }) => saga_id)) {
    for (const fault of faultsOf(entries.toSorted((one, other) => one.seq - other.seq)))
      yield `saga ${sagaId}, ${fault}`
  }
}

function* faultsOf(entries: readonly HistoryRow[]): Iterable<string> {
  const dues = new Map<string, number | null>()
  let isPaused = false
  for (const step of entries) {
    isPaused = step.type === 'operator.pause' || (isPaused && step.type !== 'operator.resume')
    const moved = timersIn(step)
    for (const timer of moved) dues.set(startOf(timer), timer.dueAtMs)
    const fault = isPaused && moved.length > 0 ? 'it was paused' : earlyIn(step, dues)
    if (fault !== undefined) yield `entry ${step.seq} (${step.type}): ${fault}`
  }
}

const startOf = ({ name, arm }: { readonly name: string; readonly arm: number }): string => `${name} ${arm}`

const earlyIn = ({ type, input, at, message_id }: HistoryRow, dues: ReadonlyMap<string, number | null>) => {
  if (!type.startsWith('timer.')) return undefined
  const dueAtMs = dues.get(startOf(input as ChangedTimer))
  if (dueAtMs === undefined) return undefined
  if (dueAtMs === null) return 'it was cancelled'
  const isEarly = at < dueAtMs || (timeOf(message_id) ?? 0) < dueAtMs
  return isEarly ? `it fired ${dueAtMs - at} ms before the time to which it was moved` : undefined
}
