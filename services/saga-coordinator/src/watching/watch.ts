import type { Rows } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import type { SagaRow, Watched } from '../store/saga-tables.ts'
import { pathsOf, waitingBy } from '../waiting-for.ts'
import { dueAtMs, type Patience } from '../waking.ts'
import { tell } from './tell.ts'

/*
 * Whoever writes a saga looks whether a person should know something: that it is slower than its service level, that what is
 * due is not done, or that it waits for nothing. What was told stands in the row, so that it is told once, and taken back
 * when it is over. A saga without service levels that goes its way costs nothing here.
 */

/** By what a saga is watched as it is written. */
export interface Watching {
  readonly definition: Definition | undefined
  readonly nowMs: number
  readonly patience: Patience
  /** How a wake left it, with what it decided to ask counted as asked; undefined when it is written for anything else. */
  readonly looked?: SagaRow
}

/** The saga as it is to be written. */
export const watch = (rows: Rows, before: SagaRow | undefined, given: SagaRow, watching: Watching): SagaRow => {
  const watched = [...levelsOf(given, watching), ...stuckOf(given, watching)]
  const after = isSame(watched, given.watched) ? given : { ...given, watched }
  tell(rows, before, after, watching)
  return after
}

const isSame = (one: readonly Watched[], other: readonly Watched[]): boolean =>
  one.length === other.length && one.every((each, index) => JSON.stringify(each) === JSON.stringify(other[index]))

const levelsOf = (row: SagaRow, { nowMs, patience }: Watching): readonly Watched[] => {
  const { definition, state, ended_at, watched, started_at, status } = row
  if (patience.serviceLevels.length === 0 || ended_at !== null || state === null) return []
  const active = pathsOf(state.value)
  return patience.serviceLevels
    .filter((level) => level.definition === definition && active.includes(level.state))
    .map(({ state: path, limitMs }): Watched => {
      const known = watched.find(({ kind, state: other }) => kind === 'slow' && other === path)
      const sinceMs = known?.sinceMs ?? (path === '' ? started_at : nowMs)
      const dueMs = known?.dueMs ?? sinceMs + limitMs
      // A pause holds the saga, and its levels.
      const told = known?.told === true || (status !== 'PAUSED' && dueMs <= nowMs)
      return { kind: 'slow', state: path, sinceMs, dueMs, told }
    })
}

const NO_REASON = { kind: 'stuck', state: '', told: true } as const

const stuckOf = (row: SagaRow, { definition, nowMs, patience, looked }: Watching): readonly Watched[] => {
  if (row.ended_at !== null || row.status === 'PAUSED') return []
  const known = row.watched.find(({ kind }) => kind === 'stuck')
  const dueMs = dueAtMs(looked ?? row)
  if (dueMs === undefined) {
    if (waitingBy(definition, row).length > 0) return []
    return [known ?? { ...NO_REASON, sinceMs: nowMs, dueMs: nowMs }]
  }
  if (dueMs > nowMs) return []
  // Only a wake can say that what is due was not done.
  if (!looked) return known ? [known] : []
  const since = known ?? { ...NO_REASON, told: false, sinceMs: dueMs, dueMs: nowMs + patience.stuckAfterMs }
  return [{ ...since, told: since.told || since.dueMs <= nowMs }]
}
