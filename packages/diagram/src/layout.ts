import type { ElkExtendedEdge, ElkLabel, ElkNode } from 'elkjs/lib/elk-api.js'
import { backEdges } from './forward.ts'
import type { Graph, GraphEdge, GraphNode } from './graph.ts'
import { layOutInThread } from './layout-thread.ts'
import { headSize, labelSize, sizeOf } from './measure.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box extends Point {
  readonly width: number
  readonly height: number
}

/** Where everything stands: absolute, in pixels, the page beginning at 0, 0. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** By node id. */
  readonly boxes: ReadonlyMap<string, Box>
  /** By edge id: the corners of each line from its start to its end. */
  readonly roads: ReadonlyMap<string, readonly Point[]>
  /** By edge id; none for edges without a label. */
  readonly labels: ReadonlyMap<string, Box>
}

/** What holds at each level: for the page and for every state that holds others. */
const layerOptions = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.edgeRouting': 'ORTHOGONAL',
  // Ends stand at the bottom; other strategies make the order saga half as wide again.
  'elk.layered.layering.strategy': 'LONGEST_PATH',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '12',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.nodeSelfLoop': '14',
  'elk.layered.spacing.nodeNodeBetweenLayers': '16',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '8',
}

// No option about model order is set: it does not get on with nested states, and the layout throws.
const pageOptions = {
  ...layerOptions,
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': '[top=4,left=4,bottom=4,right=4]',
}

/** Lays a chart out. It is the same for every saga of a definition, so it is worth keeping. */
export const layOut = async (graph: Graph): Promise<Layout> => {
  const back = backEdges(graph)
  const root = await layOutInThread({
    id: 'page',
    layoutOptions: pageOptions,
    children: childrenOf(graph, ''),
    edges: graph.edges.map((edge) => elkEdge(edge, back.has(edge.id))),
  })
  const roads = (root.edges ?? []).map((edge): [string, Point[]] => [
    edge.id,
    back.has(edge.id) ? pointsOf(edge).reverse() : pointsOf(edge),
  ])
  return {
    width: root.width ?? 0,
    height: root.height ?? 0,
    boxes: new Map(flattened(root.children ?? []).map((node) => [node.id, boxOf(node)])),
    roads: new Map(roads),
    labels: new Map((root.edges ?? []).flatMap(({ id, labels = [] }) => labels.map((label) => [id, boxOf(label)]))),
  }
}

const childrenOf = ({ nodes, edges }: Graph, parent: string): ElkNode[] =>
  nodes.filter((node) => node.parent === parent).map((node) => elkNode({ nodes, edges }, node))

const elkNode = (graph: Graph, node: GraphNode): ElkNode => {
  if (node.kind !== 'compound' && node.kind !== 'parallel') return { id: node.id, ...sizeOf(node) }
  const head = headSize(node)
  return {
    id: node.id,
    children: childrenOf(graph, node.id),
    layoutOptions: {
      ...layerOptions,
      'elk.padding': `[top=${head.height + 4},left=14,bottom=14,right=14]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      // Height first: downwards the layout works on its side, and this one option is not turned round with the rest.
      'elk.nodeSize.minimum': `(${head.height},${head.width})`,
    },
  }
}

/** A line that leads back is laid out the other way round; its label stays near the state that it leaves. */
const elkEdge = (edge: GraphEdge, isBack: boolean): ElkExtendedEdge => ({
  id: edge.id,
  sources: [isBack ? edge.to : edge.from],
  targets: [isBack ? edge.from : edge.to],
  labels: edge.causes.length === 0 ? [] : [elkLabel(edge, isBack)],
})

const elkLabel = (edge: GraphEdge, isBack: boolean): ElkLabel => ({
  id: `label:${edge.id}`,
  text: edge.id,
  ...labelSize(edge),
  layoutOptions: {
    'elk.edgeLabels.inline': 'true',
    'elk.layered.edgeLabels.centerLabelPlacementStrategy': isBack ? 'HEAD_LAYER' : 'TAIL_LAYER',
  },
})

const flattened = (nodes: readonly ElkNode[]): ElkNode[] =>
  nodes.flatMap((node) => [node, ...flattened(node.children ?? [])])

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height })

const pointsOf = ({ sections = [] }: ElkExtendedEdge): Point[] =>
  sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
