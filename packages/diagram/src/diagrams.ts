import type { Description } from '@skald/saga'
import { type Graph, graphOf } from './graph.ts'
import { type Layout, layOut } from './layout.ts'
import { type Picture, pictureOf, type Run } from './picture.ts'

export interface Diagrams {
  /**
   * The statechart of a definition; with a run, the way it took and where it is. The layout is made when the first
   * picture of a definition is asked for and kept: later pictures cost about a millisecond.
   *
   * @throws when the chart cannot be laid out; the next call tries again.
   */
  readonly picture: (description: Description, run?: Run) => Promise<Picture>
}

interface Prepared {
  readonly graph: Graph
  readonly layout: Layout
}

/** Keeps one layout for each definition that it is asked about; a process runs a handful of them. */
export const createDiagrams = (): Diagrams => {
  const prepared = new Map<string, Promise<Prepared>>()
  const prepare = (key: string, description: Description): Promise<Prepared> => {
    const graph = graphOf(description)
    const preparing = layOut(graph).then((layout) => ({ graph, layout }))
    prepared.set(key, preparing)
    preparing.catch(() => prepared.delete(key))
    return preparing
  }
  return {
    async picture(description, run) {
      const key = JSON.stringify([description.name, description.version, description.hash])
      const { graph, layout } = await (prepared.get(key) ?? prepare(key, description))
      return pictureOf(description, graph, layout, run)
    },
  }
}
