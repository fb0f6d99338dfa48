import type { AnyStateMachine, InputFrom } from 'xstate'
import { type Chart, readChart } from './chart.ts'
import type { ChartAction } from './chart-actions.ts'
import { type CommandFacts, factsOf, isCommand, type MessageContract } from './contract.ts'
import { faultsOf } from './faults.ts'
import { canonicalJson, hashText } from './json.ts'

/** A definition cannot be run; the message lists every fault with its way out. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError'
  readonly faults: readonly string[]
  constructor(saga: string, faults: readonly string[]) {
    super(`saga '${saga}' cannot be run:\n${faults.map((fault) => `- ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

/** A saga definition that passed every check at load. The same name, version and hash always mean the same chart. */
export interface Definition {
  readonly name: string
  readonly version: number
  /** Of the chart's structure and names; not of function bodies, nor of the delays' lengths, which configuration may set. */
  readonly hash: string
  /** The event type that starts a saga. */
  readonly startedBy: string
  /** Whether `POST /sagas` may start one, beside the event itself. */
  readonly startsOnRequest: boolean
  /** All event types that can concern a live saga, beside the one that starts it. */
  readonly hears: readonly string[]
  /** Of `hears`, those that are no command's reply: they come from outside, at any time. */
  readonly listensTo: readonly string[]
  /** By type. */
  readonly commands: ReadonlyMap<string, CommandFacts>
  /** Command types by the reply that means done, and by the reply that means refused. */
  readonly succeeds: ReadonlyMap<string, readonly string[]>
  readonly fails: ReadonlyMap<string, readonly string[]>
  readonly pointOfNoReturn: string | undefined
  readonly chart: Chart
  readonly machine: AnyStateMachine
  readonly inputOf: (data: unknown, start: { readonly sagaId: string }) => unknown
}

export interface SagaConfig<Machine extends AnyStateMachine, Data> {
  readonly name: string
  /** A positive integer; a changed chart is a new version, so that sagas under way end by the chart they began with. */
  readonly version: number
  readonly startedBy: MessageContract<Data>
  /**
   * Anybody who may act as an operator starts it with the data of that event. False, the default, where a service keeps a
   * record of its own and says the event for it: a saga without that record would ask for what nobody knows.
   */
  readonly startsOnRequest?: boolean
  readonly machine: Machine
  /** Every contract that the chart says. */
  readonly commands: readonly MessageContract[]
  /** Events beside the commands' replies that the chart knows, such as a request to cancel. */
  readonly listensTo?: readonly MessageContract[]
  /** The machine's input, from the data of the event that starts the saga; that data itself when left out. Pure. */
  readonly context?: (data: Data, start: { readonly sagaId: string }) => InputFrom<Machine>
  /** Path of the state from which on nothing may be undone; the road walker holds the chart to it. */
  readonly pointOfNoReturn?: string
}

// A chart whose states follow one another without an event for this long is a loop; real charts need a handful.
const MAX_MICROSTEPS = 1000

/**
 * Reads and checks a saga.
 * @throws DefinitionError listing all faults: actors, inline functions, wildcards, unnamed timers, unknown names.
 */
export const defineSaga = <Machine extends AnyStateMachine, Data>(config: SagaConfig<Machine, Data>): Definition => {
  const { name, version, startedBy, startsOnRequest = false, listensTo = [], commands, pointOfNoReturn } = config
  // A copy, so that the bound on microsteps does not change the machine it was given.
  const machine: AnyStateMachine = config.machine.provide({})
  machine.options = {
    ...machine.options,
    maxIterations: Math.min(machine.options.maxIterations ?? MAX_MICROSTEPS, MAX_MICROSTEPS),
  }
  const chart = readChart(machine)
  const faults = faultsOf(chart, { machine, startedBy, listensTo, commands, pointOfNoReturn })
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) faults.unshift(`name '${name}': use 1-64 of a-z, 0-9 and -, a letter first`)
  if (!Number.isSafeInteger(version) || version < 1) faults.unshift(`version ${version}: use 1, 2, 3, ...`)
  if (faults.length > 0) throw new DefinitionError(name, faults)

  const facts = commands.filter(isCommand).map(factsOf)
  const succeeds = byReply(facts, ({ success }) => success)
  const fails = byReply(facts, ({ failure }) => failure)
  const outside = listensTo.map(({ type }) => type)
  return {
    name,
    version,
    hash: hashText(canonicalJson(outlineOf(chart, facts, [startedBy.type, ...outside]))),
    startedBy: startedBy.type,
    startsOnRequest,
    hears: [...new Set([...succeeds.keys(), ...fails.keys(), ...outside])],
    listensTo: outside,
    commands: new Map(facts.map((fact) => [fact.type, fact])),
    succeeds,
    fails,
    pointOfNoReturn,
    chart,
    machine,
    inputOf: (data, start) => (config.context ? config.context(data as Data, start) : data),
  }
}

const byReply = (facts: readonly CommandFacts[], replies: (fact: CommandFacts) => readonly string[]) => {
  const found = new Map<string, string[]>()
  for (const fact of facts) {
    for (const reply of replies(fact)) found.set(reply, [...(found.get(reply) ?? []), fact.type])
  }
  return found
}

// States and edges as lists, because their order matters: it decides in which order messages are said.
const outlineOf = (chart: Chart, commands: readonly CommandFacts[], hears: readonly string[]) => ({
  hears,
  commands,
  nodes: [...chart.nodes.values()].map(({ path, type, initial, tags, entry, exit }) => ({
    path,
    type,
    initial,
    tags,
    entry: entry.map(outlined),
    exit: exit.map(outlined),
  })),
  edges: chart.edges.map((edge) => ({ ...edge, actions: edge.actions.map(outlined) })),
})

// A note's wording may be improved without a new version: it decides nothing.
const outlined = (action: ChartAction) => {
  if (action.kind === 'send') return { kind: 'send', type: action.contract.type }
  return action.kind === 'note' ? { kind: 'note' } : action
}
