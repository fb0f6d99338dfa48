import type { Graph, GraphEdge } from './graph.ts'

/*
 * Which lines lead back. A layered picture has one way down; the layout would choose it by itself, but knows nothing of
 * where a saga starts. So every state that holds others is walked from its default entry, in the order in which it is
 * written, and a line to a state that the walk has not left yet leads back.
 */

/** Ids of the edges that lead back to where the saga has been. */
export const backEdges = (graph: Graph): ReadonlySet<string> => {
  const parents = new Map(graph.nodes.map(({ id, parent }) => [id, parent]))
  const levels = new Map<string, Lifted[]>()
  for (const edge of graph.edges) {
    const lifted = lift(edge, parents)
    levels.set(lifted.level, [...(levels.get(lifted.level) ?? []), lifted])
  }
  const back = new Set<string>()
  for (const [level, edges] of levels) {
    const nodes = graph.nodes.filter(({ parent }) => parent === level).map(({ id }) => id)
    for (const id of backAt(nodes, edges)) back.add(id)
  }
  return back
}

/** An edge as seen from the innermost node that holds both of its ends: between two nodes that lie directly in it. */
interface Lifted {
  readonly id: string
  readonly level: string
  readonly from: string
  readonly to: string
}

const lift = ({ id, from, to }: GraphEdge, parents: ReadonlyMap<string, string>): Lifted => {
  const outwards = outwardsFrom(from, parents)
  let inner = to
  for (;;) {
    const level = parents.get(inner) ?? ''
    const source = outwards.find((node) => (parents.get(node) ?? '') === level)
    if (source !== undefined) return { id, level, from: source, to: inner }
    inner = level
  }
}

/** A node, what it lies in, and so on to the outermost. */
const outwardsFrom = (node: string, parents: ReadonlyMap<string, string>): string[] => {
  const parent = parents.get(node) ?? ''
  return parent === '' ? [node] : [node, ...outwardsFrom(parent, parents)]
}

const backAt = (nodes: readonly string[], edges: readonly Lifted[]): string[] => {
  const back: string[] = []
  const seen = new Set<string>()
  const under = new Set<string>()
  const visit = (node: string): void => {
    seen.add(node)
    under.add(node)
    for (const { id, to } of edges.filter(({ from }) => from === node)) {
      if (under.has(to)) back.push(id)
      else if (!seen.has(to)) visit(to)
    }
    under.delete(node)
  }
  for (const node of nodes) if (!seen.has(node)) visit(node)
  return back
}
