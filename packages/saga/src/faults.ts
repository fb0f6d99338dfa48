import type { AnyStateMachine } from 'xstate'
import type { Chart, ChartEdge, ChartNode } from './chart.ts'
import type { ChartAction } from './chart-actions.ts'
import { isCommand, type MessageContract } from './contract.ts'

/** What a definition names, for the check that a chart listens only to what can be said. */
export interface Declared {
  readonly machine: AnyStateMachine
  readonly startedBy: MessageContract
  readonly listensTo: readonly MessageContract[]
  readonly commands: readonly MessageContract[]
  readonly pointOfNoReturn: string | undefined
}

/**
 * Everything that makes a chart unfit to be run from rows in a table: what needs a living actor, what cannot be read
 * without running it, and names that nothing declares. All faults at once, each with the way out.
 */
export const faultsOf = (chart: Chart, declared: Declared): string[] => [
  ...[...chart.nodes.values()].flatMap((node) => nodeFaults(node, declared.machine)),
  ...chart.edges.flatMap((edge) => edgeFaults(edge, declared.machine)),
  ...commandFaults(chart, declared),
  ...eventFaults(chart, declared),
  ...pointFaults(chart, declared),
]

const placeOf = (path: string): string => (path === '' ? 'the root' : `state '${path}'`)

const nodeFaults = (node: ChartNode, machine: AnyStateMachine): string[] => {
  const place = placeOf(node.path)
  const found = [...actionFaults(node.entry, `${place} on entry`), ...actionFaults(node.exit, `${place} on exit`)]
  const config = machine.getStateNodeById(node.id).config
  if (config.invoke !== undefined) {
    found.push(`${place} invokes an actor: ask with command(contract, fill) on entry and wait for the reply`)
  }
  if (node.tags.includes('attention') && !node.asks) {
    found.push(`${place} is tagged 'attention' without meta.person: add ({ context }) => ({ effect, amount?, reason })`)
  }
  return found
}

const edgeFaults = (edge: ChartEdge, machine: AnyStateMachine): string[] => {
  const place = `${placeOf(edge.from)} on ${edge.on === '' ? 'always' : `'${edge.on}'`}`
  const found = actionFaults(edge.actions, place)
  if (edge.on.includes('*')) {
    found.push(`${place}: a wildcard also catches timers that were stopped; name each event`)
  }
  if (edge.kind === 'event' && edge.on.startsWith('xstate.')) {
    found.push(`${place}: types that begin with 'xstate.' are XState's own and never come from outside`)
  }
  const name = edge.guard?.replace(/\(.*/s, '')
  if (name && name !== 'a condition' && !isKnownGuard(name, machine)) {
    found.push(`${place} asks the guard '${name}', which setup({ guards }) does not define`)
  }
  return found
}

// Guards written in place and and/or/not carry XState's or a function's own name.
const isKnownGuard = (name: string, machine: AnyStateMachine): boolean =>
  name in machine.implementations.guards || guardFunctions(machine).has(name)

const guardFunctions = (machine: AnyStateMachine): Set<string> => {
  const names = new Set<string>()
  const visit = (node: AnyStateMachine['root']): void => {
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])]
    for (const { guard } of transitions) if (typeof guard === 'function') names.add(guard.name)
    for (const child of Object.values(node.states)) visit(child)
  }
  visit(machine.root)
  return names
}

const actionFaults = (list: readonly ChartAction[], place: string): string[] =>
  list.flatMap((action) => (action.kind === 'fault' ? [`${place} ${action.fault}`] : []))

const actionsOf = (chart: Chart): ChartAction[] => [
  ...[...chart.nodes.values()].flatMap(({ entry, exit }) => [...entry, ...exit]),
  ...chart.edges.flatMap((edge) => edge.actions),
]

const commandFaults = (chart: Chart, { commands }: Declared): string[] => {
  const listed = new Set(commands.map(({ type }) => type))
  const said = new Set(actionsOf(chart).flatMap((action) => (action.kind === 'send' ? [action.contract.type] : [])))
  return [
    ...[...said].filter((type) => !listed.has(type)).map((type) => `says '${type}': list its contract in commands`),
    ...[...listed].filter((type) => !said.has(type)).map((type) => `lists '${type}' in commands and never says it`),
    ...commands.flatMap((contract) =>
      isCommand(contract) && contract.replies.success.length === 0
        ? [`lists '${contract.type}', which nothing may answer: give its contract a success reply`]
        : [],
    ),
  ]
}

const OPERATOR_EVENTS = ['operator.retry', 'operator.skip', 'operator.cancel']

const eventFaults = (chart: Chart, declared: Declared): string[] => {
  const replies = declared.commands.filter(isCommand).flatMap(({ replies }) => [...replies.success, ...replies.failure])
  const raised = actionsOf(chart).flatMap((action) =>
    action.kind === 'raise' || action.kind === 'timer' ? [action.event] : [],
  )
  const outside = [...replies, ...declared.listensTo, declared.startedBy].map(({ type }) => type)
  const known = new Set([...outside, ...raised, ...OPERATOR_EVENTS])
  const heard = new Set(chart.edges.filter(({ kind, on }) => kind === 'event' && !on.includes('*')).map(({ on }) => on))
  const reserved = outside.filter((type) => /^(xstate|operator)\./.test(type))
  return [
    ...reserved.map(
      (type) => `declares '${type}': types that begin with 'xstate.' or 'operator.' never come from outside`,
    ),
    ...[...heard]
      .filter((type) => !type.startsWith('xstate.') && !known.has(type))
      .map(
        (type) =>
          `listens to '${type}', which no command's reply is: correct the name, or list its contract in listensTo`,
      ),
  ]
}

const pointFaults = (chart: Chart, { pointOfNoReturn }: Declared): string[] =>
  pointOfNoReturn === undefined || chart.nodes.has(pointOfNoReturn)
    ? []
    : [`names '${pointOfNoReturn}' as the point of no return, which is no state: give its path from the root`]
