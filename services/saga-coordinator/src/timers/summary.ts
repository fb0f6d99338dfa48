import { leavesOf } from '@skald/saga'
import type { TimersStanding } from '../store/audit-tables.ts'
import type { Changed } from './change.ts'

/** Sagas that are named for each reason of a refusal. */
const NAMED = 10

/** Of the first and the last of some timers. */
export interface Span {
  readonly earliest: string
  readonly latest: string
}

/** What an action does to timers, or did. */
export interface TimersChanged {
  readonly timers: number
  readonly sagas: number
  /** Null when there are none. */
  readonly before: Span | null
  /** Null when they are cancelled, too. */
  readonly after: Span | null
  /** Those that are due at once. */
  readonly dueNow: number
  /** How many of each name, and in each state of their sagas. */
  readonly names: Readonly<Record<string, number>>
  readonly states: Readonly<Record<string, number>>
  /** Sagas whose timers fit and stay as they are. */
  readonly refused: readonly { readonly why: string; readonly count: number; readonly sagaIds: readonly string[] }[]
}

export interface Refused {
  readonly sagaId: string
  readonly why: string
}

/** The parts of a change by which it is summed up. */
export interface SummedUp extends Pick<Changed, 'timers'> {
  readonly states: readonly string[]
}

export const summedUp = ({ timers, before }: Changed): SummedUp => ({
  timers,
  states: before.state ? leavesOf(before.state.value) : [],
})

export const summaryOf = (done: readonly SummedUp[], refused: readonly Refused[], nowMs: number): TimersChanged => {
  const timers = done.flatMap((each) => each.timers)
  const dues = timers.flatMap(({ dueAtMs }) => dueAtMs ?? [])
  const byWhy = Map.groupBy(refused, ({ why }) => why)
  return {
    timers: timers.length,
    sagas: done.length,
    before: spanOf(timers.map(({ wasDueAtMs }) => wasDueAtMs)),
    after: spanOf(dues),
    dueNow: dues.filter((dueAtMs) => dueAtMs <= Math.ceil(nowMs)).length,
    names: counted(timers.map(({ name }) => name)),
    states: counted(done.flatMap((each) => each.timers.map(() => each.states.join(' and ')))),
    refused: [...byWhy].map(([why, sagas]) => ({
      why,
      count: sagas.length,
      sagaIds: sagas.slice(0, NAMED).map(({ sagaId }) => sagaId),
    })),
  }
}

/** Not by spreading them: arguments have a bound. */
const spanOf = (times: readonly number[]): Span | null => {
  const [first] = times
  if (first === undefined) return null
  const iso = (ms: number) => new Date(ms).toISOString()
  const earliest = times.reduce((one, other) => Math.min(one, other), first)
  const latest = times.reduce((one, other) => Math.max(one, other), first)
  return { earliest: iso(earliest), latest: iso(latest) }
}

const counted = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

export const standingsOf = ({ timers, sagas, before, after }: TimersChanged) => {
  const standing = (span: Span | null): TimersStanding => ({ timers, sagas, earliest: null, latest: null, ...span })
  return { before: standing(before), after: standing(after) }
}
