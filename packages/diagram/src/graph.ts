import type { DescribedEdge, DescribedState, Description } from '@skald/saga'
import { causeText, guardText, linesOf, nameOf, shortTypes, typesOf } from './words.ts'

/**
 * The statechart as what can be drawn: nodes in nodes, and lines between them. Three things are not one to one.
 * Edges between the same two states become one line with several causes. A default entry is a dot with a line of its
 * own. And a transition from a state into itself, which a line cannot show well, starts at a pill *in any state*.
 */
export type NodeKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history' | 'initial' | 'any'

export interface GraphNode {
  readonly id: string
  readonly kind: NodeKind
  /** Of the state, or of the state that a dot or a pill belongs to. */
  readonly path: string
  /** Id of the node it lies in; '' for the page. */
  readonly parent: string
  readonly name: string
  /** Short types of the messages said on entry. */
  readonly says: readonly string[]
  /** It undoes, lies in a state that does, or is the end of having undone. */
  readonly compensating: boolean
  readonly needsPerson: boolean
  readonly pointOfNoReturn: boolean
}

export interface Cause {
  /** Index of the edge in the description; -1 for the start of the saga and for default entries. */
  readonly edge: number
  readonly kind: DescribedEdge['kind'] | 'start'
  readonly on: string
  readonly guard?: string
  readonly text: string
  readonly lines: readonly string[]
}

export interface GraphEdge {
  readonly id: string
  readonly from: string
  readonly to: string
  /** None for a default entry: it needs no reason. */
  readonly causes: readonly Cause[]
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

// '#' ends XState ids, never a kind of ours, so a state named `initial` cannot be taken for a dot.
export const stateId = (path: string): string => `state:${path}`
export const initialId = (path: string): string => `initial:${path}`
const anyId = (path: string): string => `any:${path}`

const ENTRY = 'enter:'
/** Whether an edge is the one that leads from a dot. */
export const isDefaultEntry = (edgeId: string): boolean => edgeId.startsWith(ENTRY)

/** True for a state that lies inside another, at any depth; everything lies inside the root ''. */
export const isInside = (path: string, outer: string): boolean =>
  path !== outer && (outer === '' || path.startsWith(`${outer}.`))

export const graphOf = (description: Description): Graph => {
  const short = shortTypes(typesOf(description))
  const states = new Map(description.states.map((state) => [state.path, state]))
  const lines = linesBetween(description, states, short)
  const dots = dotsOf(description, short)
  const used = new Set(lines.flatMap(({ from, to }) => [from, to]))
  const pills = ['', ...states.keys()].filter((path) => used.has(anyId(path)))
  const undoing = description.states.filter(({ tags }) => tags.some(isUndoing)).map(({ path }) => path)
  const within = (path: string): boolean => undoing.some((outer) => path === outer || isInside(path, outer))
  const mark = (id: string, kind: NodeKind, path: string, name: string): GraphNode => ({
    id,
    kind,
    path,
    parent: path === '' ? '' : stateId(path),
    name,
    says: [],
    compensating: within(path),
    needsPerson: false,
    pointOfNoReturn: false,
  })
  const bare = [...states.values()].filter(({ path, type }) => type === 'parallel' && used.has(initialId(path)))
  return {
    nodes: [
      ...dots.map(({ path }) => mark(initialId(path), 'initial', path, '')),
      ...bare.map(({ path }) => mark(initialId(path), 'initial', path, '')),
      ...pills.map((path) => mark(anyId(path), 'any', path, 'in any state')),
      ...description.states.map((state) => ({
        id: stateId(state.path),
        kind: state.type,
        path: state.path,
        parent: state.parent === '' ? '' : stateId(state.parent),
        name: nameOf(state.path, state.parent),
        says: state.says.map(short),
        compensating: within(state.path),
        needsPerson: state.tags.includes('attention'),
        pointOfNoReturn: state.path === description.pointOfNoReturn,
      })),
    ],
    edges: [...dots.map(({ edge }) => edge), ...lines],
  }
}

const isUndoing = (tag: string): boolean => tag === 'compensating' || tag === 'compensated'

/** The default entries, outermost first; that of the root is the start of the saga. */
const dotsOf = ({ states, startedBy }: Description, short: (type: string) => string) =>
  states
    .filter(({ initial }) => initial)
    .map(({ path, parent }) => {
      const text = short(startedBy)
      const start: Cause = { edge: -1, kind: 'start', on: startedBy, text, lines: linesOf(text, '') }
      const id = `${ENTRY}${parent}`
      return {
        path: parent,
        edge: { id, from: initialId(parent), to: stateId(path), causes: parent === '' ? [start] : [] },
      }
    })

const linesBetween = (
  { edges }: Description,
  states: ReadonlyMap<string, DescribedState>,
  short: (type: string) => string,
): GraphEdge[] => {
  const lines = new Map<string, GraphEdge>()
  edges.forEach((edge, index) => {
    const cause = causeOf(edges, index, edge, short)
    for (const target of edge.to) {
      const from = isInside(target, edge.from) ? anyId(edge.from) : stateId(edge.from)
      const to = states.has(target) && isInside(edge.from, target) ? initialId(target) : stateId(target)
      const key = JSON.stringify([from, to])
      const known = lines.get(key)
      lines.set(key, {
        id: known?.id ?? `move:${lines.size + 1}`,
        from,
        to,
        causes: [...(known?.causes ?? []), cause],
      })
    }
  })
  return [...lines.values()]
}

const causeOf = (
  edges: readonly DescribedEdge[],
  index: number,
  edge: DescribedEdge,
  short: (type: string) => string,
): Cause => {
  const sibling = (other: DescribedEdge): boolean =>
    other.from === edge.from && other.on === edge.on && other.kind === edge.kind && other.guard !== undefined
  const isElse = edge.guard === undefined && edges.slice(0, index).some(sibling)
  const text = causeText(edge, short)
  const guard = isElse ? 'else' : edge.guard === undefined ? '' : guardText(edge.guard)
  return {
    edge: index,
    kind: edge.kind,
    on: edge.on,
    ...(guard !== '' && { guard }),
    text,
    lines: linesOf(text, guard),
  }
}
