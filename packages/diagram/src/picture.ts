import type { DescribedEdge, Description, StateValue } from '@skald/saga'
import { pathsOf } from './chart.ts'
import { type Cause, type Graph, type GraphEdge, type GraphNode, isDefaultEntry, stateId } from './graph.ts'
import type { Box, Layout, Point } from './layout.ts'
import { roadOf, type Step, type Walked } from './road.ts'

/** A saga, as far as its picture shows it. */
export interface Run {
  readonly sagaId: string
  /** The word for it: RUNNING, COMPENSATING, ... */
  readonly status: string
  /** Null before the first step. */
  readonly state: StateValue | null
  readonly ended: boolean
  /** Its history, in order; without the lines that changed nothing. */
  readonly steps: readonly Step[]
}

export interface PictureNode extends GraphNode, Box {
  /** The saga is here now, or ended here. */
  readonly live: boolean
  readonly visited: boolean
}

export interface PictureCause extends Cause {
  /** The `seq` of each line of the history that took it. */
  readonly taken: readonly number[]
}

export interface PictureEdge extends Omit<GraphEdge, 'causes'> {
  readonly causes: readonly PictureCause[]
  /** Corners from start to end. */
  readonly points: readonly Point[]
  readonly label?: Box
  readonly taken: readonly number[]
  /** Also true for a default entry, which has no number of its own. */
  readonly visited: boolean
}

export interface TakenStep {
  readonly seq: number
  readonly type: string
  /** Ids of the edges, in order. */
  readonly edges: readonly string[]
  /** False when the definition knows no such way; the states are marked all the same. */
  readonly explained: boolean
}

/** What an event that is no step, but expected, is noted with. */
export interface Noted {
  /** Path of the state in which it may come; '' for anywhere. */
  readonly state: string
  readonly on: string
  readonly note?: string
}

/** A statechart, laid out and marked: plain JSON, in pixels. */
export interface Picture {
  readonly definition: string
  readonly version: number
  readonly saga?: Pick<Run, 'sagaId' | 'status' | 'ended'>
  readonly width: number
  readonly height: number
  readonly nodes: readonly PictureNode[]
  readonly edges: readonly PictureEdge[]
  readonly taken: readonly TakenStep[]
  /** Paths of the innermost states in which the saga is. */
  readonly live: readonly string[]
  readonly noted: readonly Noted[]
}

export const pictureOf = (description: Description, graph: Graph, layout: Layout, run?: Run): Picture => {
  const road = run === undefined ? [] : roadOf(description, run.steps)
  const visited = new Set(road.flatMap(({ active }) => active))
  const active = run?.state ? pathsOf(run.state) : []
  const edges = graph.edges.map((edge) => markedEdge(edge, layout, road))
  const dots = new Set(edges.filter(({ visited: used }) => used).map(({ from }) => from))
  const nodes = graph.nodes.map((node) => ({
    ...node,
    ...(layout.boxes.get(node.id) ?? { x: 0, y: 0, width: 0, height: 0 }),
    live: node.id === stateId(node.path) && active.includes(node.path),
    visited: node.id === stateId(node.path) ? visited.has(node.path) : dots.has(node.id),
  }))
  return {
    definition: description.name,
    version: description.version,
    ...(run !== undefined && { saga: { sagaId: run.sagaId, status: run.status, ended: run.ended } }),
    width: layout.width,
    height: layout.height,
    nodes,
    edges,
    taken: road
      .map((walked) => takenStep(graph, walked))
      .filter(({ edges: lines, explained }) => lines.length > 0 || !explained),
    live: nodes.filter(({ live, kind }) => live && kind !== 'compound' && kind !== 'parallel').map(({ path }) => path),
    noted: description.edges.filter(({ to }) => to.length === 0).map(notedOf),
  }
}

const notedOf = ({ from, on, note }: DescribedEdge): Noted => ({
  state: from,
  on,
  ...(note !== undefined && { note }),
})

const markedEdge = (edge: GraphEdge, layout: Layout, road: readonly Walked[]): PictureEdge => {
  const label = layout.labels.get(edge.id)
  const entry = road.filter(({ byDefault }) => byDefault.some((path) => isEntry(edge, path)))
  const causes = edge.causes.map((cause) => ({
    ...cause,
    taken: (cause.kind === 'start' ? entry : road.filter(({ edges }) => edges.includes(cause.edge))).map(
      ({ seq }) => seq,
    ),
  }))
  const taken = [...new Set(causes.flatMap((cause) => cause.taken))].sort((a, b) => a - b)
  return {
    ...edge,
    causes,
    points: layout.roads.get(edge.id) ?? [],
    ...(label !== undefined && { label }),
    taken,
    visited: taken.length > 0 || entry.length > 0,
  }
}

/** Whether an edge is the one from a dot to this state. */
const isEntry = ({ id, to }: GraphEdge, path: string): boolean => to === stateId(path) && isDefaultEntry(id)

const takenStep = (graph: Graph, { seq, type, edges, byDefault, explained }: Walked): TakenStep => {
  const moves = edges.flatMap((index) => graph.edges.filter(({ causes }) => causes.some(({ edge }) => edge === index)))
  const entries = graph.edges.filter((edge) => byDefault.some((path) => isEntry(edge, path)))
  return { seq, type, edges: [...new Set([...moves, ...entries].map(({ id }) => id))], explained }
}
