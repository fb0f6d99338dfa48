import type { DescribedEdge, Description, StateValue } from '@skald/saga'
import { type Chart, type Configuration, chartOf, entered, leavesOf, outwards, pathsOf, sameStates } from './chart.ts'

/*
 * Which way a saga went. Its history says what came, and the states before and after; the edges between follow from
 * the chart: those that the event may take, then those that need no event, until the states after are reached. Guards
 * are not asked, since the outcome is known. Where several ways lead to the same states the first one written is meant.
 */

/** One line of a saga's history that moved it. */
export interface Step {
  readonly seq: number
  /** A message type, `timer.<name>` or `operator.<action>`. */
  readonly type: string
  /** Null for the start. */
  readonly from: StateValue | null
  readonly to: StateValue
}

export interface Walked extends Pick<Step, 'seq' | 'type'>, Way {}

interface Way {
  /** Indexes into the description's edges, in the order in which they were taken. */
  readonly edges: readonly number[]
  /** Paths of the states entered by default. */
  readonly byDefault: readonly string[]
  /** Paths of all states that were active on the way, also those that were left at once. */
  readonly active: readonly string[]
  /** False when the chart has no such way: the history is of another chart. Only the states are known then. */
  readonly explained: boolean
}

/** States that follow one another without an event; a real chart needs a handful. */
const MAX_AT_ONCE = 16
/** Ways tried for one step; only a chart with many parallel regions, or a history of another chart, has that many. */
const MAX_WAYS = 500

export const roadOf = (description: Description, steps: readonly Step[]): Walked[] => {
  const chart = chartOf(description)
  // A saga that tries again and again takes the same few steps a thousand times.
  const known = new Map<string, Way>()
  return steps.map((step) => {
    const key = JSON.stringify([step.type, step.from, step.to])
    const way = known.get(key) ?? wayOf(chart, step)
    known.set(key, way)
    return { seq: step.seq, type: step.type, ...way }
  })
}

interface Trail {
  readonly active: Configuration
  readonly edges: readonly number[]
  readonly byDefault: readonly string[]
  readonly passed: readonly string[]
}

const wayOf = (chart: Chart, { type, from, to }: Step): Way => {
  const goal = new Set(pathsOf(to))
  const before = new Set(from === null ? [] : pathsOf(from))
  let ways = 0
  const onwards = (trail: Trail, depth: number): Trail | undefined => {
    ways += 1
    if (sameStates(trail.active, goal)) return trail
    if (depth === MAX_AT_ONCE || ways > MAX_WAYS) return undefined
    for (const index of withoutEvent(chart, trail.active)) {
      const found = onwards(taken(chart, trail, index, goal), depth + 1)
      if (found) return found
    }
    return undefined
  }
  for (const first of from === null ? [started(chart, goal)] : firstMoves(chart, before, type, goal)) {
    const found = onwards(first, 0)
    if (found) {
      const active = [...new Set([...before, ...found.passed, ...goal])]
      return { edges: found.edges, byDefault: found.byDefault, active, explained: true }
    }
    if (ways > MAX_WAYS) break
  }
  return { edges: [], byDefault: [], active: [...new Set([...before, ...goal])], explained: false }
}

const started = (chart: Chart, goal: Configuration): Trail => {
  const { active, byDefault } = entered(chart, new Set(), null, [], goal)
  return { active, edges: [], byDefault, passed: [...active] }
}

const taken = (chart: Chart, trail: Trail, index: number, goal: Configuration): Trail => {
  const edge = chart.edges[index]
  if (!edge) return trail
  const edges = [...trail.edges, index]
  // An edge without a target changes what the saga knows, not where it is.
  if (edge.to.length === 0) return { ...trail, edges }
  const { active, byDefault } = entered(chart, trail.active, edge.from, edge.to, goal)
  return { active, edges, byDefault: [...trail.byDefault, ...byDefault], passed: [...trail.passed, ...active] }
}

/** What the event may do: in each region at most one edge, of the innermost state that knows the event, or of one around it. */
function* firstMoves(chart: Chart, before: Configuration, type: string, goal: Configuration): Generator<Trail> {
  const choices = leavesOf(chart, before)
    .map((leaf) => outwards(chart, leaf).flatMap((path) => edgesFrom(chart, path, (edge) => isOn(edge, type))))
    .filter((list) => list.length > 0)
  const begin: Trail = { active: before, edges: [], byDefault: [], passed: [] }
  yield* combined(chart, begin, choices, goal)
}

function* combined(
  chart: Chart,
  trail: Trail,
  [choice, ...others]: readonly (readonly number[])[],
  goal: Configuration,
): Generator<Trail> {
  if (choice === undefined) {
    yield trail
    return
  }
  for (const index of choice) {
    const edge = chart.edges[index]
    const stillThere = edge !== undefined && (edge.from === '' || trail.active.has(edge.from))
    if (stillThere && !trail.edges.includes(index)) {
      yield* combined(chart, taken(chart, trail, index, goal), others, goal)
    }
  }
  yield* combined(chart, trail, others, goal)
}

const isOn = ({ kind, on }: DescribedEdge, type: string): boolean =>
  kind === 'event' ? on === type : kind === 'timer' && type === `timer.${on}`

const edgesFrom = (chart: Chart, path: string, fits: (edge: DescribedEdge) => boolean): number[] =>
  chart.edges.flatMap((edge, index) => (edge.from === path && fits(edge) ? [index] : []))

/** Edges that can be taken now without anything coming in: those of states that are done first, as they are taken first. */
const withoutEvent = (chart: Chart, active: Configuration): number[] => {
  const done = [...active, ''].filter((path) => isDone(chart, active, path))
  return [
    ...done.flatMap((path) => edgesFrom(chart, path, ({ kind }) => kind === 'done')),
    ...[...active, ''].flatMap((path) => edgesFrom(chart, path, ({ kind }) => kind === 'always')),
  ]
}

const isDone = (chart: Chart, active: Configuration, path: string): boolean => {
  const state = chart.states.get(path)
  if (state?.type === 'final') return true
  const inner = (chart.children.get(path) ?? []).filter(({ type }) => type !== 'history')
  if (inner.length === 0) return false
  if (state?.type === 'parallel') return inner.every((child) => isDone(chart, active, child.path))
  return inner.some((child) => child.type === 'final' && active.has(child.path))
}
