import { type ChartNode, saysOf } from './chart.ts'
import type { ChartAction } from './chart-actions.ts'
import type { CommandFacts } from './contract.ts'
import type { Definition } from './define.ts'

export interface DescribedState {
  /** Keys from the root, joined by dots. */
  readonly path: string
  readonly type: ChartNode['type']
  /** Path of the state it lies in; '' for the root. */
  readonly parent: string
  readonly initial: boolean
  readonly tags: readonly string[]
  /** Message types said on entry. */
  readonly says: readonly string[]
}

export interface DescribedEdge {
  readonly from: string
  /** Empty when the event changes nothing and is noted. */
  readonly to: readonly string[]
  /** An event type or a timer's name; '' for what happens by itself. */
  readonly on: string
  readonly kind: 'event' | 'timer' | 'always' | 'done'
  readonly guard?: string
  readonly says: readonly string[]
  readonly note?: string
}

export interface DescribedTimer {
  readonly name: string
  readonly state: string
  /** Milliseconds when fixed in the chart; else the name of the delay, which configuration or context decides. */
  readonly delay: number | string
  /** The commands whose reply it ends the wait for; none for a pause. */
  readonly guards: readonly string[]
}

/** A definition as plain JSON: for the API, for diagrams and for people. */
export interface Description {
  readonly name: string
  readonly version: number
  readonly hash: string
  readonly startedBy: string
  readonly startsOnRequest: boolean
  readonly pointOfNoReturn?: string
  readonly commands: readonly CommandFacts[]
  readonly events: readonly string[]
  readonly deadlines: readonly DescribedTimer[]
  readonly states: readonly DescribedState[]
  readonly edges: readonly DescribedEdge[]
}

export const describe = (definition: Definition): Description => {
  const { name, version, hash, startedBy, startsOnRequest, hears, pointOfNoReturn, chart } = definition
  const nodes = [...chart.nodes.values()]
  const typesSaid = (list: readonly ChartAction[]) => saysOf(list).map(({ type }) => type)
  return {
    name,
    version,
    hash,
    startedBy,
    startsOnRequest,
    ...(pointOfNoReturn !== undefined && { pointOfNoReturn }),
    commands: [...definition.commands.values()],
    events: hears,
    deadlines: [...chart.timers.values()].map((timer) => ({
      name: timer.name,
      state: timer.node,
      delay: timer.delay,
      guards: timer.guards.filter((type) => definition.commands.has(type)),
    })),
    states: nodes
      .filter(({ path }) => path !== '')
      .map((node) => ({
        path: node.path,
        type: node.type,
        parent: node.parent ?? '',
        initial: chart.nodes.get(node.parent ?? '')?.initial === node.key,
        tags: node.tags,
        says: typesSaid(node.entry),
      })),
    edges: chart.edges.map((edge) => {
      const note = edge.actions.flatMap((action) => (action.kind === 'note' ? [action.text] : [])).join('; ')
      return {
        from: edge.from,
        to: edge.to,
        on: edge.kind === 'done' ? '' : edge.on,
        kind: edge.kind,
        ...(edge.guard !== undefined && { guard: edge.guard }),
        says: typesSaid(edge.actions),
        ...(note !== '' && { note }),
      }
    }),
  }
}
