import type { Definition } from '@skald/saga'
import type { RunningTimer, SagaRow } from '../store/saga-tables.ts'
import { askedOf, deadlinesOf } from '../waking.ts'

/** What the coordinator does by itself, unless something comes before. */
export interface Next {
  readonly at: string
  readonly what: string
}

/** In the order of their times. */
export const nextOf = (row: SagaRow, definition: Definition): readonly Next[] => {
  if (row.ended_at !== null || row.status === 'PAUSED' || !row.state) return []
  const commands = row.state.waiting
  const asks = commands.flatMap(({ id, type }) => {
    const asked = askedOf(row, id)
    return asked ? [{ atMs: asked.nudgeAtMs, what: `it asks ${type} again` }] : []
  })
  const timers = row.timers.map((timer) => {
    const guarded = commands.filter((command) => deadlinesOf(definition, row, command)[0] === timer)
    const silent = guarded.map(({ type }) => type).join(' and ')
    const why =
      silent === '' ? 'it goes on' : `it gives up waiting for the answer to ${silent}, when it was asked once more,`
    return { atMs: timer.dueAtMs, what: `${why} ${leadsTo(definition, timer)}` }
  })
  return [...asks, ...timers]
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ atMs, what }) => ({ at: new Date(atMs).toISOString(), what }))
}

/** The paths of the states to which a timer may lead; none when the saga stays where it is. */
export const targetsOf = ({ chart }: Definition, name: string): readonly string[] => [
  ...new Set(chart.edges.filter(({ kind, on }) => kind === 'timer' && on === name).flatMap(({ to }) => to)),
]

const leadsTo = (definition: Definition, { name }: RunningTimer): string => {
  const targets = targetsOf(definition, name)
  return targets.length === 0 ? 'where it is' : `and goes to ${targets.join(' or ')}`
}
