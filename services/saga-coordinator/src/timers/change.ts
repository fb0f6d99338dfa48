import { type Definition, isDeadline } from '@skald/saga'
import type { Definitions } from '../definitions.ts'
import { ARCHIVED, whyHeldBack, whyNever } from '../operator/why-not.ts'
import { pauseAt } from '../pauses/hold-back.ts'
import type { TimerAction } from '../store/audit-tables.ts'
import type { StepPause } from '../store/pause-table.ts'
import type { RunningTimer, SagaRow } from '../store/saga-tables.ts'
import type { TimerFilter } from '../store/timer-reading.ts'

/** What becomes of timers: due so much later, due at a moment, or never. */
export type Change =
  | { readonly kind: 'by'; readonly byMs: number }
  | { readonly kind: 'to'; readonly dueAtMs: number }
  | { readonly kind: 'cancel' }

/** Which timers are meant; an arm says which start of one. */
export interface Choice extends TimerFilter {
  readonly arm?: number
}

export interface TimersAsked {
  readonly action: TimerAction
  readonly choice: Choice
  readonly change: Change
}

/** A timer before and after; `dueAtMs` is null for one that was cancelled. As the saga's history keeps it. */
export interface ChangedTimer {
  readonly name: string
  readonly arm: number
  readonly wasDueAtMs: number
  readonly dueAtMs: number | null
}

/** What is decided by, beside the saga and the action. */
export interface Considered {
  readonly definitions: Definitions
  readonly pausesOf: (definition: string) => readonly StepPause[]
  /** The action's id in the audit. */
  readonly actionId: string
  readonly nowMs: number
}

export interface Changed {
  readonly before: SagaRow
  readonly after: SagaRow
  readonly definition: Definition
  readonly timers: readonly ChangedTimer[]
}

/**
 * Decides what an action does to the timers of one saga that fit. Undefined when none fits. A timer fires in the transaction that
 * takes it out of its saga's row: one that stands there has not fired, also when it is overdue.
 */
export const changed = (
  { definitions, pausesOf, actionId, nowMs }: Considered,
  row: SagaRow | undefined,
  { action, choice, change }: TimersAsked,
): Changed | { readonly why: string } | undefined => {
  const chosen = row?.timers.filter((timer) => fits(row, timer, choice, nowMs)) ?? []
  if (!row || chosen.length === 0) return undefined
  if (row.status === 'PAUSED') return { why: PAUSED }
  const definition = definitions.get(row.definition, row.version)
  const never = whyNever(row, definition, action)
  if (never !== undefined || !definition) return { why: never ?? '' }
  // Its times stop as the pause began, though the saga has not looked since.
  const pause = pauseAt(pausesOf(row.definition), definition, row)
  if (pause) return { why: whyHeldBack(pause) }
  if (change.kind === 'cancel') {
    const only = chosen.find((timer) => isOnlyWay(definition, row, timer))
    if (only) return { why: whyNotCancelled(row, only) }
  }
  const moved = new Map(chosen.map((timer) => [timer, movedTimer(timer, change, actionId, nowMs)]))
  const timers = row.timers.flatMap((timer) => (moved.has(timer) ? (moved.get(timer) ?? []) : timer))
  return {
    before: row,
    after: { ...row, timers, revision: row.revision + 1, updated_at: nowMs },
    definition,
    timers: [...moved].map(([{ name, arm, dueAtMs }, to]) => ({
      name,
      arm,
      wasDueAtMs: dueAtMs,
      dueAtMs: to?.dueAtMs ?? null,
    })),
  }
}

const fits = (
  row: SagaRow,
  timer: RunningTimer,
  { sagaId, definition, name, dueBefore, overdue, arm }: Choice,
  nowMs: number,
): boolean =>
  (sagaId === undefined || row.saga_id === sagaId) &&
  (definition === undefined || row.definition === definition) &&
  (name === undefined || timer.name === name) &&
  (arm === undefined || timer.arm === arm) &&
  (dueBefore === undefined || timer.dueAtMs < Date.parse(dueBefore)) &&
  (!overdue || (timer.dueAtMs <= nowMs && row.status !== 'PAUSED'))

/**
 * Due now at the earliest: a deadline asks once more before it fires, also one that was moved into the past. Its length stays,
 * by which it is known when it fires without any news.
 */
const movedTimer = (timer: RunningTimer, change: Change, movedBy: string, nowMs: number): RunningTimer | undefined => {
  if (change.kind === 'cancel') return undefined
  const wanted = change.kind === 'to' ? change.dueAtMs : timer.dueAtMs + change.byMs
  return dueAt(timer, Math.max(wanted, Math.ceil(nowMs)), movedBy)
}

export const dueAt = (timer: RunningTimer, dueAtMs: number, movedBy: string): RunningTimer => ({
  ...timer,
  dueAtMs,
  startedAtMs: timer.startedAtMs + (dueAtMs - timer.dueAtMs),
  movedBy,
})

const PAUSED =
  'The saga is paused: its timers stand still, and are later by the pause when it goes on. Resume it, then ask again.'

/**
 * A timer that ends no wait for a reply is what its part of the saga goes on by, unless another one runs there. A person or
 * somebody's message may be waited for as well, but nothing would look at the saga again.
 */
const isOnlyWay = (definition: Definition, { state, timers }: SagaRow, { name }: RunningTimer): boolean => {
  if (state && isDeadline(definition, name, state.waiting)) return false
  const nodeOf = (timer: string) => definition.chart.timers.get(timer)?.node ?? ''
  const node = nodeOf(name)
  return !timers.some((other) => other.name !== name && isWithin(nodeOf(other.name), node))
}

const isWithin = (path: string, node: string): boolean => node === '' || path === node || path.startsWith(`${node}.`)

const whyNotCancelled = ({ state }: SagaRow, { name }: RunningTimer): string =>
  `${name} is all by which the saga at ${JSON.stringify(state?.value)} goes on: without it, it would wait in silence. Move it: to a later time, or to now to have it fire.`

/** Why one timer that somebody names is not there. */
export const whyNone = (row: SagaRow | undefined, { name, arm }: Choice): string => {
  if (!row) return ARCHIVED
  if (row.ended_at !== null) return `The saga has ended as ${row.status}: it has no timers any more.`
  const again = row.timers.find((timer) => timer.name === name)
  if (again) return `${name} was armed anew since: it runs as arm ${again.arm}, not ${arm}. Look at it, then ask again.`
  const running = row.timers.map((timer) => timer.name).join(', ') || 'none'
  return `No timer ${name} runs: it has fired, was stopped, or was never armed. The timers of the saga now: ${running}.`
}
