import type { Picture, PictureEdge, PictureNode } from './picture.ts'
import { numbersText } from './words.ts'

/*
 * The same picture as text for whatever renders Mermaid. It cannot colour lines, so numbers before a label say when it
 * was taken; and it cannot draw lines between states inside different states, so those run between the outer ones.
 */

const CLASSES = [
  'classDef undo fill:#fff8ec,stroke:#e6c48a,color:#1b2230',
  'classDef person fill:#fff0f1,stroke:#c42032,color:#1b2230',
  'classDef taken stroke:#1f5fe0,stroke-width:3px',
  'classDef live fill:#1f5fe0,stroke:#1f5fe0,color:#ffffff,font-weight:bold',
]

export const writeMermaid = (picture: Picture): string => {
  const chart = chartOf(picture)
  return [
    'stateDiagram-v2',
    'direction TB',
    ...titleOf(picture),
    ...CLASSES,
    ...blockOf(chart, '', 0),
    ...classLines(chart),
    '',
  ].join('\n')
}

interface Lifted extends PictureEdge {
  /** Id of the node in which it is drawn. */
  readonly level: string
}

interface Chart {
  readonly nodes: readonly PictureNode[]
  /** Mermaid's names by node id. */
  readonly names: ReadonlyMap<string, string>
  /** By id of the node in which they are drawn. */
  readonly edges: ReadonlyMap<string, readonly PictureEdge[]>
}

const chartOf = (picture: Picture): Chart => {
  const byId = new Map(picture.nodes.map((node) => [node.id, node]))
  const isRegionPill = (node: PictureNode | undefined): boolean =>
    node?.kind === 'any' && byId.get(node.parent)?.kind === 'parallel'
  const drawn = picture.edges.map((edge) => {
    const pill = byId.get(edge.from)
    // Beside regions Mermaid has room for regions only: what may come in any of them goes around them all.
    if (pill && isRegionPill(pill)) return lifted({ ...edge, from: pill.parent, to: pill.parent }, byId)
    return lifted({ ...edge, to: entered(edge, picture, byId) }, byId)
  })
  const nodes = picture.nodes.filter((node) => !isRegionPill(node))
  return { nodes, names: namesOf(nodes), edges: Map.groupBy(merged(drawn), ({ level }) => level) }
}

/** Lines that differed only in what is inside the states between which they are drawn now. */
const merged = (lines: readonly Lifted[]): Lifted[] =>
  [...Map.groupBy(lines, ({ from, to }) => `${from} ${to}`).values()].flatMap((same) => {
    const [first] = same
    const taken = [...new Set(same.flatMap((line) => line.taken))].sort((a, b) => a - b)
    return first ? [{ ...first, causes: same.flatMap(({ causes }) => causes), taken }] : []
  })

/** A line back to the dot of a state around it: Mermaid's dots take no lines, so it ends where the dot leads. */
const entered = ({ to }: PictureEdge, { edges }: Picture, nodes: ReadonlyMap<string, PictureNode>): string => {
  const node = nodes.get(to)
  if (node?.kind !== 'initial') return to
  return edges.find(({ from }) => from === to)?.to ?? node.parent
}

/** Letters, digits and underscores, unlike each other, and none a word of Mermaid: `end` is the name of many a state. */
const namesOf = (nodes: readonly PictureNode[]): Map<string, string> => {
  const names = new Map<string, string>()
  const used = new Set<string>()
  for (const { id, kind, path } of nodes) {
    if (kind === 'initial') {
      names.set(id, '[*]')
      continue
    }
    const plain = `${kind === 'any' ? 'any' : 's'}_${path.replace(/[^A-Za-z0-9_]/g, '_')}`
    let name = plain
    for (let count = 2; used.has(name); count += 1) name = `${plain}_${count}`
    used.add(name)
    names.set(id, name)
  }
  return names
}

/** The edge between the outermost nodes that do not hold both of its ends, and the node that does. */
const lifted = (edge: PictureEdge, nodes: ReadonlyMap<string, PictureNode>): Lifted => {
  const from = fromOutside(edge.from, nodes)
  const to = fromOutside(edge.to, nodes)
  let depth = 0
  while (from[depth] === to[depth] && depth < from.length - 1 && depth < to.length - 1) depth += 1
  return { ...edge, from: from[depth] ?? edge.from, to: to[depth] ?? edge.to, level: from[depth - 1] ?? '' }
}

const fromOutside = (id: string, nodes: ReadonlyMap<string, PictureNode>): string[] => {
  const parent = nodes.get(id)?.parent ?? ''
  return parent === '' ? [id] : [...fromOutside(parent, nodes), id]
}

const blockOf = (chart: Chart, holder: string, depth: number): string[] => {
  const pad = '  '.repeat(depth)
  const inside = chart.nodes.filter(({ parent, kind }) => parent === holder && kind !== 'initial')
  const edges = chart.edges.get(holder) ?? []
  const lines = (list: readonly PictureEdge[]): string[] => list.map((edge) => `${pad}${edgeLine(chart, edge)}`)
  if (chart.nodes.find(({ id }) => id === holder)?.kind !== 'parallel') {
    return [...inside.flatMap((node) => stateLines(chart, node, depth)), ...lines(edges)]
  }
  return inside.flatMap((node, index) => [
    ...(index > 0 ? [`${pad}--`] : []),
    ...stateLines(chart, node, depth),
    // A region that is one plain state needs something that happens in it, or it is not drawn as a region.
    ...(node.kind === 'compound' ? [] : [`${pad}[*] --> ${chart.names.get(node.id)}`]),
    ...lines(edges.filter(({ from }) => from === node.id)),
  ])
}

const stateLines = (chart: Chart, node: PictureNode, depth: number): string[] => {
  const pad = '  '.repeat(depth)
  const name = chart.names.get(node.id) ?? ''
  const head = `${pad}state "${escaped(node.kind === 'history' ? `${node.name} (history)` : node.name)}" as ${name}`
  if (node.kind === 'compound' || node.kind === 'parallel') {
    return [`${head} {`, ...blockOf(chart, node.id, depth + 1), `${pad}}`]
  }
  return node.kind === 'final' ? [head, `${pad}${name} --> [*]`] : [head]
}

const edgeLine = ({ names }: Chart, { from, to, causes, taken }: PictureEdge): string => {
  const numbers = taken.length === 0 ? '' : `(${numbersText(taken)}) `
  const text = causes.map(({ text: cause, guard }) => (guard === undefined ? cause : `${cause} [${guard}]`)).join(' | ')
  const label = escaped(`${numbers}${text}`)
  return `${names.get(from)} --> ${names.get(to)}${label === '' ? '' : ` : ${label}`}`
}

const classLines = ({ nodes, names }: Chart): string[] => {
  const line = (name: string, holds: (node: PictureNode) => boolean): string[] => {
    const of = nodes.filter((node) => node.kind !== 'initial' && holds(node)).map(({ id }) => names.get(id))
    return of.length === 0 ? [] : [`class ${of.join(',')} ${name}`]
  }
  return [
    ...line('undo', ({ compensating, live }) => compensating && !live),
    ...line('person', ({ needsPerson, live }) => needsPerson && !live),
    ...line('taken', (node) => node.visited && !isHere(node)),
    ...line('live', isHere),
  ]
}

const isHere = ({ live, kind }: PictureNode): boolean => live && kind !== 'compound' && kind !== 'parallel'

const titleOf = ({ definition, version, saga }: Picture): string[] => [
  `accTitle: ${escaped(saga ? `Saga ${saga.sagaId}, ${saga.status}` : `Saga definition ${definition} version ${version}`)}`,
]

/**
 * Mermaid takes signs such as `:` and `;` for its own and has no escape that holds in all of its labels, so they are
 * written as signs that look like them.
 */
const escaped = (text: string): string =>
  text.replace(/[^\p{L}\p{N} .,_()[\]|/+=*!?→…-]/gu, (sign) => {
    if (sign === ':') return '∶'
    const code = sign.codePointAt(0) ?? 0
    return code > 0x20 && code < 0x7f ? String.fromCodePoint(code + FULL_WIDTH) : ' '
  })

/** From a sign of ASCII to the same sign as wide as a Chinese character. */
const FULL_WIDTH = 0xfee0
