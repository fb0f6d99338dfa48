import type { Chart } from '../chart.ts'
import type { CommandFacts } from '../contract.ts'
import type { Definition } from '../define.ts'
import { deadlineFor } from '../timers.ts'
import type { RoadFaultKind } from './report.ts'
import type { WalkedStep } from './saga-states.ts'
import { trackOf, type World } from './world.ts'

export interface Broken {
  readonly kind: RoadFaultKind
  readonly detail: string
}

/** The commands that must be done when the saga ends in a status. */
export type Ends = Readonly<Partial<Record<'COMPLETED' | 'COMPENSATED', readonly string[]>>>

/**
 * Commands whose reply changes nothing in any state: the saga tells, it does not ask. Whether such a command has
 * arrived when the saga ends does not matter to how it ended.
 */
export const noticesOf = ({ commands, chart }: Definition): ReadonlySet<string> =>
  new Set([...commands.values()].filter((facts) => isNotice(chart, facts)).map(({ type }) => type))

const isNotice = ({ edges }: Chart, { success, failure, undoes }: CommandFacts): boolean => {
  const answers = edges.filter(({ on }) => success.includes(on) || failure.includes(on))
  const changes = answers.some(({ to, actions }) => to.length > 0 || actions.some(({ kind }) => kind !== 'note'))
  return undoes === undefined && answers.length > 0 && !changes
}

/** An ended saga leaves nothing behind that is neither surely done nor surely undone. */
export const brokenAtEnd = (
  definition: Definition,
  notices: ReadonlySet<string>,
  ends: Ends,
  world: World,
): Broken[] => [...unsettledAtEnd(definition, notices, world), ...undoneAtEnd(ends, world)]

const undoneAtEnd = (ends: Ends, world: World): Broken[] => {
  const { status } = world.saga
  if (status !== 'COMPLETED' && status !== 'COMPENSATED') return []
  return (ends[status] ?? []).flatMap((type) => {
    const { effect, excused } = trackOf(world, type)
    if (effect === 'done' || excused) return []
    return [{ kind: 'wrong-end', detail: `the saga ends as ${status} and '${type}' is not done but '${effect}'` }]
  })
}

const unsettledAtEnd = (definition: Definition, notices: ReadonlySet<string>, world: World): Broken[] => {
  const compensated = world.saga.status === 'COMPENSATED'
  const undoable = new Set([...definition.commands.values()].flatMap(({ undoes }) => undoes ?? []))
  return [...definition.commands.keys()].flatMap((type) => {
    const { effect, excused } = trackOf(world, type)
    if (excused || notices.has(type)) return []
    const kind = 'unsettled-effect'
    if (effect === 'asked') return [{ kind, detail: `the saga ends and nobody knows whether '${type}' was done` }]
    return effect === 'done' && compensated && undoable.has(type)
      ? [{ kind, detail: `the saga ends as compensated and '${type}' stays done` }]
      : []
  })
}

/** Every event that can arrive in a state is known there, if only by a note. */
export const brokenByArrival = (type: string, { outcome }: WalkedStep): Broken[] =>
  outcome.kind === 'ignored' && outcome.why === 'unexpected'
    ? [{ kind: 'unhandled-event', detail: `'${type}' can arrive and ${outcome.reason}` }]
    : []

/** Past the point of no return nothing is undone, and nothing that was undone leads there. */
export const brokenPastReturn = (
  definition: Definition,
  before: World,
  after: World,
  says: readonly string[],
): Broken[] => {
  const kind = 'undone-past-no-return'
  if (!after.past) return []
  const undoing = says.filter((type) => definition.commands.get(type)?.undoes !== undefined)
  if (undoing.length > 0)
    return undoing.map((type) => ({ kind, detail: `'${type}' is said past the point of no return` }))
  if (before.past) return []
  return [...definition.commands.values()].flatMap(({ type, undoes }) => {
    if (undoes === undefined) return []
    const { open, late, given } = trackOf(after, type)
    return open || late || given.length > 0
      ? [{ kind, detail: `the point of no return is passed although '${type}' was said before` }]
      : []
  })
}

/** A command that the saga needs an answer to is not waited for without end, unless a person was asked. */
export const brokenWait = (definition: Definition, notices: ReadonlySet<string>, { saga }: World): Broken[] =>
  saga.status === 'NEEDS_ATTENTION'
    ? []
    : saga.state.waiting
        .filter(({ type }) => !notices.has(type) && deadlineFor(definition, saga.state, type) === undefined)
        .map(({ type }) => ({ kind: 'no-deadline', detail: `'${type}' is waited for without a deadline` }))
