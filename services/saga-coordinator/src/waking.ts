import { type Definition, isDeadline, type Waiting } from '@skald/saga'
import type { ServiceLevel } from '@skald/service'
import type { Asked, RunningTimer, SagaRow } from './store/saga-tables.ts'

/** How long is too long, milliseconds: before it is asked again, and before somebody is told. */
export interface Patience {
  /** A command without a reply is asked again after this. */
  readonly nudgeAfterMs: number
  /** What is due and is not done for so long makes a saga stuck. */
  readonly stuckAfterMs: number
  readonly serviceLevels: readonly ServiceLevel[]
  /** Whether an alert is written for what a person should know. */
  readonly alerts: boolean
}

/**
 * Waits between nudges double up to this, so that a saga goes on within this time after an outage of any length. Nobody is
 * hammered by that: a question that is still on its way is not asked again.
 */
const MAX_NUDGE_MS = 30_000
/** A deadline that could not ask again (an outage, a backlog) fires at the latest after so many times its length. */
const MAX_DEADLINE_FACTOR = 10

/** When the n-th nudge after the last is due. */
export const nextNudgeMs = (nudges: number, { nudgeAfterMs }: Patience): number =>
  Math.min(nudgeAfterMs * 2 ** nudges, Math.max(MAX_NUDGE_MS, nudgeAfterMs))

/** The times of a command that is unanswered; undefined for any other. */
export const askedOf = ({ asked }: Pick<SagaRow, 'asked'>, commandId: string): Asked | undefined =>
  asked.find((each) => each.commandId === commandId)

/** The nudges and timers. */
const dueTimesOf = ({ asked, timers }: Pick<SagaRow, 'asked' | 'timers'>): readonly number[] => [
  ...asked.map(({ nudgeAtMs }) => nudgeAtMs),
  ...timers.map((timer) => timer.dueAtMs),
]

/** The moments at which the saga must be looked at: for a nudge, a timer, or a service level that it may pass. */
const timesOf = (row: Pick<SagaRow, 'asked' | 'timers' | 'watched'>): readonly number[] => [
  ...dueTimesOf(row),
  ...row.watched.filter(({ kind, told }) => kind === 'slow' && !told).map(({ dueMs }) => dueMs),
]

/** The earliest nudge or timer. Undefined when it waits for nothing of the kind. */
export const dueAtMs = (row: Pick<SagaRow, 'asked' | 'timers'>): number | undefined => earliest(dueTimesOf(row))

/** The earliest moment at which it must be looked at. */
export const wakeAtMs = (row: Pick<SagaRow, 'asked' | 'timers' | 'watched'>): number | undefined =>
  earliest(timesOf(row))

const earliest = (times: readonly number[]): number | undefined => (times.length === 0 ? undefined : Math.min(...times))

/** How often the broker is asked how far it is; half of this is the age of what a nudge decides by. */
export const SAMPLE_EVERY_MS = 500

/** What is known of the way to the participants and back. */
export interface Passage {
  /**
   * Whether the participant and our own consumers have handled everything that was sent up to a moment; with `knownAtMs`,
   * whether that was known by then.
   */
  readonly settled: (command: string, sentAtMs: number, knownAtMs?: number) => boolean
  /** Since when this program has run and the broker has answered and kept its streams: what was asked before may be lost. */
  readonly wholeSinceMs: () => number
}

export type Due =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fire'; readonly timer: RunningTimer }
  | { readonly kind: 'ask'; readonly commandId: string }

/** The one next thing a saga must do at `nowMs`; called again after each until there is nothing. */
export const nextDue = (
  definition: Definition,
  row: SagaRow,
  nowMs: number,
  passage: Passage,
  patience: Patience,
): Due => {
  const timer = row.timers.filter(({ dueAtMs }) => dueAtMs <= nowMs).sort((a, b) => a.dueAtMs - b.dueAtMs)[0]
  const open = openOf(row)
  if (timer) {
    const guarded = open.filter(({ command }) => isDeadline(definition, timer.name, [command]))
    const silent = guarded.every((each) => isSilent(each, timer, nowMs, passage, patience))
    if (!timer.guards || silent || isOverdue(timer, nowMs, passage)) return { kind: 'fire', timer }
    // Ask once more before giving up, unless a question is still on its way or was only just asked.
    const unasked = guarded.find(
      ({ command, asked }) =>
        !isAskedTwice(asked, timer, passage, patience) &&
        (asked.nudges === 0 || nowMs >= asked.askedAtMs + patience.nudgeAfterMs - farewellMs(patience)) &&
        passage.settled(command.type, asked.askedAtMs),
    )
    if (unasked) return { kind: 'ask', commandId: unasked.command.id }
  }
  const nudge = open.find(
    ({ command, asked }) => asked.nudgeAtMs <= nowMs && passage.settled(command.type, asked.askedAtMs),
  )
  return nudge ? { kind: 'ask', commandId: nudge.command.id } : { kind: 'nothing' }
}

/** When a command that is asked for the n-th time again at `nowMs` is to be asked next: in time for the questions before a deadline. */
export const nudgeAtMs = (
  definition: Definition,
  row: SagaRow,
  command: Waiting,
  nudges: number,
  nowMs: number,
  patience: Patience,
): number => {
  const { nudgeAfterMs } = patience
  const lastQuestions = deadlinesOf(definition, row, command).map(({ dueAtMs }) => {
    const firstMs = dueAtMs - nudgeAfterMs
    return nowMs < firstMs ? firstMs : Math.max(dueAtMs, nowMs + nudgeAfterMs) - farewellMs(patience)
  })
  return Math.min(nowMs + nextNudgeMs(nudges, patience), ...lastQuestions)
}

/** The running timers that end the wait for a command, the next one first: its step's deadline, and that of all around it. */
export const deadlinesOf = (
  definition: Definition,
  { timers }: Pick<SagaRow, 'timers'>,
  command: Waiting,
): readonly RunningTimer[] =>
  timers.filter(({ name }) => isDeadline(definition, name, [command])).sort((one, other) => one.dueAtMs - other.dueAtMs)

interface Open {
  readonly command: Waiting
  readonly asked: Asked
}

const openOf = (row: SagaRow): Open[] =>
  (row.state?.waiting ?? []).flatMap((command) => {
    const asked = askedOf(row, command.id)
    return asked ? [{ command, asked }] : []
  })

/**
 * Two questions come before a deadline. The silence after the first counts: it is asked one nudge period before, or later; an
 * earlier one says nothing about now, who was asked, or the reply, may have been lost since. The second comes this long before,
 * and says that who was asked is still there: it may have died in between with the answer.
 */
const MAX_FAREWELL_MS = 1_000
const farewellMs = ({ nudgeAfterMs }: Patience): number => Math.min(Math.ceil(nudgeAfterMs / 2), MAX_FAREWELL_MS)

const isAskedTwice = (
  { askedAtMs, askedBeforeMs = 0 }: Asked,
  { dueAtMs }: RunningTimer,
  { wholeSinceMs }: Passage,
  patience: Patience,
): boolean =>
  askedBeforeMs > wholeSinceMs() &&
  askedBeforeMs >= dueAtMs - patience.nudgeAfterMs &&
  askedAtMs >= dueAtMs - farewellMs(patience)

/** Both questions were delivered, and a nudge period passed since the first was, without a reply. */
const isSilent = (
  { command: { type }, asked }: Open,
  timer: RunningTimer,
  nowMs: number,
  passage: Passage,
  patience: Patience,
): boolean => {
  const { askedAtMs, askedBeforeMs = askedAtMs } = asked
  return (
    isAskedTwice(asked, timer, passage, patience) &&
    nowMs >= askedBeforeMs + patience.nudgeAfterMs &&
    passage.settled(type, askedBeforeMs, nowMs - patience.nudgeAfterMs) &&
    passage.settled(type, askedAtMs)
  )
}

/** So late that nobody waits for a settled question any more; after an outage each saga gets its step's time once more. */
const isOverdue = ({ startedAtMs, dueAtMs }: RunningTimer, nowMs: number, { wholeSinceMs }: Passage): boolean => {
  const lengthMs = dueAtMs - startedAtMs
  return nowMs >= startedAtMs + MAX_DEADLINE_FACTOR * lengthMs && nowMs >= wholeSinceMs() + lengthMs
}

/** What is due but must wait (still on its way) is looked at again after this share of the nudge period, */
const LOOK_AGAIN = 0.25
/**
 * or of the time for which it has been due and nobody was asked, if that is longer: a long outage must not be filled with
 * looks of all sagas, and who could ask at last is to go on soon.
 */
const LOOK_AGAIN_LATE = 0.25

/**
 * When to wake next, seen from `nowMs`: in time for what is still to come. What is due and must wait does so until the
 * broker is asked again, or longer: before that a look would find what this one found.
 */
export const nextWakeMs = (
  row: Pick<SagaRow, 'asked' | 'timers' | 'watched'>,
  nowMs: number,
  { nudgeAfterMs }: Patience,
) => {
  const at = wakeAtMs(row)
  if (at === undefined || at > nowMs) return at
  const sinceMs = Math.max(at, ...row.asked.map(({ askedAtMs }) => askedAtMs))
  const lateMs = Math.min((nowMs - sinceMs) * LOOK_AGAIN_LATE, MAX_NUDGE_MS)
  const lookMs = nowMs + Math.round(Math.max(SAMPLE_EVERY_MS, nudgeAfterMs * LOOK_AGAIN, lateMs))
  return Math.min(lookMs, ...timesOf(row).filter((ms) => ms > nowMs))
}
