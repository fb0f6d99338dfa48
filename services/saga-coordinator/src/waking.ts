import { type Definition, deadlineFor, type Waiting } from '@skald/saga'
import type { Asked, RunningTimer, SagaRow } from './store/saga-tables.ts'

/** Times of asking again, milliseconds. */
export interface Patience {
  /** A command without a reply is asked again after this. */
  readonly nudgeAfterMs: number
}

/** Waits between nudges double up to this: a participant that is down for an hour is not hammered, and not forgotten. */
const MAX_NUDGE_MS = 60_000
/** A deadline that could not ask again (an outage, a backlog) fires at the latest after so many times its length. */
const MAX_DEADLINE_FACTOR = 10

/** When the n-th nudge after the last is due. */
export const nextNudgeMs = (nudges: number, { nudgeAfterMs }: Patience): number =>
  Math.min(nudgeAfterMs * 2 ** nudges, Math.max(MAX_NUDGE_MS, nudgeAfterMs))

/** The times of a command that is unanswered; undefined for any other. */
export const askedOf = ({ asked }: Pick<SagaRow, 'asked'>, commandId: string): Asked | undefined =>
  asked.find((each) => each.commandId === commandId)

/** The moment at which the saga must be looked at next: its earliest nudge or timer. Undefined when it waits for nothing of the kind. */
export const wakeAtMs = ({ asked, timers }: Pick<SagaRow, 'asked' | 'timers'>): number | undefined => {
  const times = [...asked.map(({ nudgeAtMs }) => nudgeAtMs), ...timers.map(({ dueAtMs }) => dueAtMs)]
  return times.length === 0 ? undefined : Math.min(...times)
}

/** Whether the participant and our own consumers have handled everything that was sent up to a moment. */
export type Settled = (command: string, sentAtMs: number) => boolean

export type Due =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fire'; readonly timer: RunningTimer }
  | { readonly kind: 'ask'; readonly commandId: string }

/** The one next thing a saga must do at `nowMs`; called again after each until there is nothing. */
export const nextDue = (
  definition: Definition,
  row: SagaRow,
  nowMs: number,
  settled: Settled,
  patience: Patience,
): Due => {
  const timer = row.timers.filter(({ dueAtMs }) => dueAtMs <= nowMs).sort((a, b) => a.dueAtMs - b.dueAtMs)[0]
  const open = openOf(row)
  if (timer) {
    const overdue = nowMs >= timer.startedAtMs + MAX_DEADLINE_FACTOR * (timer.dueAtMs - timer.startedAtMs)
    const guarded = open.filter(
      ({ command }) => row.state && deadlineFor(definition, row.state, command.type) === timer.name,
    )
    const silent = guarded.every(({ command, asked }) => isSilent(command.type, asked, nowMs, settled, patience))
    if (!timer.guards || overdue || silent) return { kind: 'fire', timer }
    // Ask once more before giving up, unless the last question is still on its way or was only just delivered.
    const unasked = guarded.find(({ command, asked }) => asked.nudges === 0 && settled(command.type, asked.askedAtMs))
    if (unasked) return { kind: 'ask', commandId: unasked.command.id }
  }
  const nudge = open.find(({ command, asked }) => asked.nudgeAtMs <= nowMs && settled(command.type, asked.askedAtMs))
  return nudge ? { kind: 'ask', commandId: nudge.command.id } : { kind: 'nothing' }
}

interface Open {
  readonly command: Waiting
  readonly asked: Asked
}

const openOf = (row: SagaRow): Open[] =>
  (row.state?.waiting ?? []).flatMap((command) => {
    const asked = askedOf(row, command.id)
    return asked ? [{ command, asked }] : []
  })

/** It was asked again, that was delivered, and a nudge period passed without a reply. */
const isSilent = (type: string, asked: Asked, nowMs: number, settled: Settled, { nudgeAfterMs }: Patience): boolean =>
  asked.nudges > 0 && settled(type, asked.askedAtMs) && nowMs >= asked.askedAtMs + nudgeAfterMs

/** What is due but must wait (still on its way) is looked at again after this share of the nudge period. */
const LOOK_AGAIN = 0.25

/** When to wake next, seen from `nowMs`: never in the past, or a saga whose nudge must wait would be woken in a loop. */
export const nextWakeMs = (row: Pick<SagaRow, 'asked' | 'timers'>, nowMs: number, { nudgeAfterMs }: Patience) => {
  const at = wakeAtMs(row)
  return at === undefined ? undefined : Math.max(at, nowMs + Math.max(20, Math.round(nudgeAfterMs * LOOK_AGAIN)))
}
