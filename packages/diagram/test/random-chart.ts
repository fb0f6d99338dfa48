import type { DescribedEdge, DescribedState, Description } from '@skald/saga'

/** A number from 0 up to `below`; the same seed gives the same numbers. */
export const chances = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const TYPES = ['atomic', 'atomic', 'atomic', 'final', 'compound', 'parallel', 'history'] as const
const MAX_DEPTH = 3

/** Any chart that makes sense, up to three states deep: no edge leads from one region of a parallel state into another. */
export const randomChart = (chance: (below: number) => number): Description => {
  const states = statesIn('', 0, chance)
  const byPath = new Map(states.map((state) => [state.path, state]))
  const outwards = (path: string): DescribedState[] => {
    const state = byPath.get(path)
    return state ? [state, ...outwards(state.parent)] : []
  }
  const sources = ['', ...states.filter(({ type }) => type !== 'final' && type !== 'history').map(({ path }) => path)]
  const edges: DescribedEdge[] = []
  for (let count = chance(3 * states.length); count > 0; count -= 1) {
    const from = sources[chance(sources.length)] ?? ''
    const to = states[chance(states.length)]?.path ?? ''
    const around = outwards(to)
    const common = outwards(from).find((state) => around.includes(state))
    if (common?.type === 'parallel') continue
    edges.push({ from, to: [to], on: `something.happened-${chance(9)}.v1`, kind: 'event', says: [] })
  }
  const none = { commands: [], events: [], deadlines: [] }
  const start = { startedBy: 'it.began.v1', startsOnRequest: false }
  return { name: 'random', version: 1, hash: JSON.stringify(edges), ...start, ...none, states, edges }
}

const statesIn = (parent: string, depth: number, chance: (below: number) => number, regions = false) => {
  const states: DescribedState[] = []
  for (let index = 0, count = 1 + chance(4); index < count; index += 1) {
    const path = `${parent === '' ? '' : `${parent}.`}state${depth}${index}`
    const type = typeAt(index, depth, regions, chance)
    const says = chance(2) === 0 ? ['thing.do.v1'] : []
    const tags = chance(6) === 0 ? ['attention'] : chance(6) === 0 ? ['compensating'] : []
    states.push({ path, type, parent, initial: index === 0 && !regions, tags, says })
    if (type === 'compound' || type === 'parallel') {
      states.push(...statesIn(path, depth + 1, chance, type === 'parallel'))
    }
  }
  return states
}

const typeAt = (index: number, depth: number, isRegion: boolean, chance: (below: number) => number) => {
  const type = TYPES[chance(TYPES.length)] ?? 'atomic'
  const isNested = type === 'compound' || type === 'parallel'
  if (isNested) return depth < MAX_DEPTH ? type : 'atomic'
  // A saga does not start at an end, and a region is a state that can be in.
  return type !== 'atomic' && (index === 0 || isRegion) ? 'atomic' : type
}
