import type { DescribedEdge, DescribedState, Description, StateValue } from '@skald/saga'

/** Paths of all active states, those that hold others among them. */
export type Configuration = ReadonlySet<string>

/** A description with the questions that a walk asks it again and again. */
export interface Chart {
  readonly states: ReadonlyMap<string, DescribedState>
  readonly edges: readonly DescribedEdge[]
  /** By path of the holding state; the root's is ''. */
  readonly children: ReadonlyMap<string, readonly DescribedState[]>
}

export const chartOf = ({ states, edges }: Description): Chart => ({
  states: new Map(states.map((state) => [state.path, state])),
  edges,
  children: Map.groupBy(states, ({ parent }) => parent),
})

/** The states that a stored value names, whether the chart has them or not. */
export const pathsOf = (value: StateValue, outer = ''): string[] => {
  const entries: [string, StateValue][] = typeof value === 'string' ? [[value, {}]] : Object.entries(value)
  return entries.flatMap(([key, inner]) => {
    const path = outer === '' ? key : `${outer}.${key}`
    return [path, ...pathsOf(inner, path)]
  })
}

/** A state, what it lies in, and so on to the root ''. */
export const outwards = (chart: Chart, path: string): string[] =>
  path === '' ? [''] : [path, ...outwards(chart, chart.states.get(path)?.parent ?? '')]

/** The active states that hold no active state. */
export const leavesOf = (chart: Chart, active: Configuration): string[] =>
  [...active].filter((path) => !chart.children.get(path)?.some((child) => active.has(child.path)))

export const sameStates = (one: Configuration, other: Configuration): boolean =>
  one.size === other.size && [...one].every((path) => other.has(path))

export interface Entered {
  readonly active: Configuration
  /** Paths of the states that were entered by default: through the dot of the state that holds them. */
  readonly byDefault: readonly string[]
}

/**
 * The states that are active once `targets` were entered from `from`; null for the start of a saga. A history state
 * stands for what was active when it was left, which only `goal`, the states that were reached in the end, can tell.
 */
export const entered = (
  chart: Chart,
  before: Configuration,
  from: string | null,
  targets: readonly string[],
  goal: Configuration,
): Entered => {
  const domain = from === null ? '' : domainOf(chart, from, targets)
  const active = new Set([...before].filter((path) => path === domain || !outwards(chart, path).includes(domain)))
  const byDefault: string[] = []
  for (const target of targets.flatMap((path) => resolved(chart, path, goal))) {
    const way = outwards(chart, target)
    for (const path of way.slice(0, way.indexOf(domain)).reverse()) active.add(path)
  }
  const fill = (path: string): void => {
    const inner = chart.children.get(path) ?? []
    const parallel = chart.states.get(path)?.type === 'parallel'
    if (!parallel && !inner.some((child) => active.has(child.path))) {
      const initial = inner.find((child) => child.initial)
      if (initial) {
        active.add(initial.path)
        byDefault.push(initial.path)
      }
    }
    for (const child of inner.filter((one) => one.type !== 'history')) {
      if (parallel) active.add(child.path)
      if (active.has(child.path)) fill(child.path)
    }
  }
  fill('')
  return { active, byDefault }
}

/** The innermost state that stays active while an edge is taken. */
const domainOf = (chart: Chart, from: string, targets: readonly string[]): string => {
  const holds = (path: string): boolean =>
    targets.every((target) => target !== path && outwards(chart, target).includes(path))
  return outwards(chart, from).find((path, index) => (index > 0 || chart.children.has(path)) && holds(path)) ?? ''
}

const resolved = (chart: Chart, path: string, goal: Configuration): string[] => {
  const state = chart.states.get(path)
  if (state?.type !== 'history') return [path]
  const left = [...goal].filter((other) => other !== state.parent && outwards(chart, other).includes(state.parent))
  const leaves = left.filter((other) => !chart.children.get(other)?.some((child) => goal.has(child.path)))
  return leaves.length > 0 ? leaves : [state.parent]
}
