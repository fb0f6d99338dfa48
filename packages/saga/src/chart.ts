import type { AnyStateMachine, StateNode } from 'xstate'
import { type ChartAction, readAction } from './chart-actions.ts'
import type { MessageContract } from './contract.ts'

/** What a person is asked when the saga cannot go on alone. `amount` is money: minor units and currency. */
export interface PersonNeeded {
  readonly effect: string
  readonly amount?: { readonly amount: number; readonly currency: string }
  readonly reason: string
}

export type AskPerson = (args: { readonly context: Readonly<Record<string, unknown>> }) => PersonNeeded

export interface ChartNode {
  /** XState's id, as in targets: `order.refunding.asking`. */
  readonly id: string
  /** Keys from the root, joined by dots; the root's is empty. */
  readonly path: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly parent: string | undefined
  readonly children: readonly ChartNode[]
  readonly initial: string | undefined
  readonly tags: readonly string[]
  readonly asks: AskPerson | undefined
  readonly entry: readonly ChartAction[]
  readonly exit: readonly ChartAction[]
}

export interface ChartEdge {
  readonly from: string
  /** The event, the timer's name, or '' for what happens by itself. */
  readonly on: string
  readonly kind: 'event' | 'timer' | 'always' | 'done'
  readonly to: readonly string[]
  readonly guard: string | undefined
  readonly actions: readonly ChartAction[]
}

export interface ChartTimer {
  readonly name: string
  /** XState's id of the delayed event. */
  readonly id: string
  /** The event that XState waits for when the timer passes. */
  readonly event: string
  readonly node: string
  readonly delay: string | number
  /** Message types said by the timer's state: while one of them is unanswered, the timer is a deadline. */
  readonly guards: readonly string[]
}

export interface Chart {
  readonly root: ChartNode
  /** By path, in document order. */
  readonly nodes: ReadonlyMap<string, ChartNode>
  readonly edges: readonly ChartEdge[]
  readonly timers: ReadonlyMap<string, ChartTimer>
  /** From XState's id of a delayed event to the timer's name. */
  readonly timerNames: ReadonlyMap<string, string>
  readonly hasHistory: boolean
}

/** Reads a machine's whole chart, in the order in which it is written. */
export const readChart = (machine: AnyStateMachine): Chart => {
  const stateNodes = inOrder(machine.root)
  const root = readNode(machine, machine.root)
  const nodes = new Map(flattened(root).map((node) => [node.path, node]))
  const edges = stateNodes.flatMap((node) => readEdges(machine, node))
  const started = [
    ...[...nodes.values()].flatMap((node) => timersOf(node, node.entry)),
    ...edges.flatMap((edge) => timersOf(nodes.get(edge.to[0] ?? edge.from) ?? root, edge.actions)),
  ]
  const timers = nameTimers(started, nodes, edges)
  const nameOfEvent = new Map([...timers.values()].map(({ event, name }) => [event, name]))
  return {
    root,
    nodes,
    edges: edges.map((edge) => namedEdge(edge, nameOfEvent)),
    timers,
    timerNames: new Map([...timers.values()].map(({ id, name }) => [id, name])),
    hasHistory: [...nodes.values()].some(({ type }) => type === 'history'),
  }
}

const inOrder = (node: StateNode): StateNode[] => [node, ...Object.values(node.states).flatMap(inOrder)]

const flattened = (node: ChartNode): ChartNode[] => [node, ...node.children.flatMap(flattened)]

const readNode = (machine: AnyStateMachine, node: StateNode): ChartNode => {
  const asks: unknown = node.meta?.['person']
  return {
    id: node.id,
    path: node.path.join('.'),
    key: node.key,
    type: node.type,
    parent: node.parent?.path.join('.'),
    children: Object.values(node.states).map((child) => readNode(machine, child)),
    initial: node.type === 'compound' ? node.initial.target[0]?.key : undefined,
    tags: node.tags,
    asks: typeof asks === 'function' ? (asks as AskPerson) : undefined,
    entry: [...node.entry, ...(node.type === 'compound' ? node.initial.actions : [])].map((action) =>
      readAction(machine, action),
    ),
    exit: node.exit.map((action) => readAction(machine, action)),
  }
}

const readEdges = (machine: AnyStateMachine, node: StateNode): ChartEdge[] => {
  const all = [...node.transitions].flatMap(([on, list]) => list.map((transition) => ({ on, transition })))
  all.push(...(node.always ?? []).map((transition) => ({ on: '', transition })))
  return all.map(({ on, transition }) => ({
    from: node.path.join('.'),
    on,
    kind: on === '' ? 'always' : on.startsWith('xstate.done.state.') ? 'done' : 'event',
    to: (transition.target ?? []).map(({ path }) => path.join('.')),
    guard: guardName(transition.guard),
    actions: transition.actions.map((action) => readAction(machine, action)),
  }))
}

const guardName = (guard: unknown): string | undefined => {
  if (guard === undefined) return undefined
  if (typeof guard === 'string') return guard
  if (typeof guard === 'function') return guard.name || 'a condition'
  const { type, params } = guard as { type?: unknown; params?: unknown }
  return params === undefined ? String(type) : `${String(type)}(${JSON.stringify(params)})`
}

interface Started {
  readonly node: ChartNode
  readonly timer: Extract<ChartAction, { kind: 'timer' }>
}

const timersOf = (node: ChartNode, list: readonly ChartAction[]): Started[] =>
  list.flatMap((timer) => (timer.kind === 'timer' ? [{ node, timer }] : []))

/** Short names where they are unique in the chart: `stockDeadline`; else with the state: `undoDeadline.refunding`. */
const nameTimers = (
  started: readonly Started[],
  nodes: ReadonlyMap<string, ChartNode>,
  edges: readonly ChartEdge[],
) => {
  const shortName = ({ timer }: Started): string => {
    if (!timer.id.startsWith('xstate.after.')) return timer.id
    return typeof timer.delay === 'number' ? `${timer.delay}ms` : timer.delay
  }
  const shortNames = started.map(shortName)
  return new Map(
    started.map((one) => {
      const short = shortName(one)
      const unique = shortNames.filter((name) => name === short).length === 1
      const name = unique || one.timer.id === short ? short : `${short}.${one.node.path}`
      const { id, event, delay } = one.timer
      return [name, { id, name, event, node: one.node.path, delay, guards: guardedBy(one.node, nodes, edges) }]
    }),
  )
}

/** All that is said on entering a state or one inside it. */
const guardedBy = (
  node: ChartNode,
  nodes: ReadonlyMap<string, ChartNode>,
  edges: readonly ChartEdge[],
): readonly string[] => {
  const inside = (path: string) => node.path === '' || path === node.path || path.startsWith(`${node.path}.`)
  const lists = [
    ...[...nodes.values()].filter(({ path }) => inside(path)).map(({ entry }) => entry),
    ...edges.filter(({ to }) => to.some(inside)).map((edge) => edge.actions),
  ]
  return [...new Set(lists.flatMap(saysOf).map(({ type }) => type))]
}

export const saysOf = (list: readonly ChartAction[]): MessageContract[] =>
  list.flatMap((action) => (action.kind === 'send' ? [action.contract] : []))

const namedEdge = (edge: ChartEdge, names: ReadonlyMap<string, string>): ChartEdge => {
  const timer = names.get(edge.on)
  return timer === undefined ? edge : { ...edge, kind: 'timer', on: timer }
}
