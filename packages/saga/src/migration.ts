import { type ChartNode, type ChartTimer, saysOf } from './chart.ts'
import { isCommand } from './contract.ts'
import type { Definition } from './define.ts'
import { canonicalJson } from './json.ts'
import { type Difference, type PastStep, replay } from './replay.ts'
import type { SagaState, StartedTimer, StateValue } from './state.ts'
import { leavesOf, valueAt } from './state-paths.ts'
import { activeNodes, unknownIn } from './status.ts'
import { isDeadline } from './timers.ts'

/**
 * From a state's path to the path that takes its place in another version (`refunding` or `refunding.asking`). What lies
 * inside a state follows it under the same names. The longest path that fits counts.
 */
export type StateMapping = Readonly<Record<string, string>>

/** The saga as the other version has it. */
export interface Migrated {
  readonly state: SagaState
  /** Timers that did not run and must now; those that run keep their times. */
  readonly startTimers: readonly StartedTimer[]
}

export type Migration =
  /** The other version would have done the same from the beginning. */
  | ({ readonly kind: 'safe' } & Migrated)
  /** It would have done otherwise, and a mapping says where the saga goes on. */
  | ({ readonly kind: 'mapped'; readonly difference: Difference } & Migrated)
  | { readonly kind: 'needs-mapping'; readonly difference: Difference; readonly states: readonly string[] }
  /** The mapping names a place where the saga cannot be. */
  | { readonly kind: 'impossible'; readonly difference: Difference; readonly why: readonly string[] }

export interface Migrating {
  readonly from: Definition
  readonly to: Definition
  readonly mapping: StateMapping
  readonly sagaId: string
  readonly state: SagaState
  readonly past: readonly PastStep[]
}

/** What is wrong with a mapping, whatever saga it is for: names that one of the charts does not have. */
export const mappingFaults = (from: Definition, to: Definition, mapping: StateMapping): readonly string[] =>
  Object.entries(mapping).flatMap(([here, there]) => [
    ...(from.chart.nodes.has(here) ? [] : [`${here} is no state of version ${from.version}`]),
    ...(to.chart.nodes.has(there) ? [] : [`${there} is no state of version ${to.version}`]),
  ])

/** What becomes of one live saga in another version of its definition. Pure; never throws for a saga. */
export const migrate = (migrating: Migrating): Migration => {
  const { to, mapping, sagaId, state, past } = migrating
  const replayed = replay(to, sagaId, past)
  if ('difference' in replayed) return byMapping(migrating, replayed.difference)
  if (!isExpected(mapping, state, replayed.state)) {
    const [is, would] = [state.value, replayed.state.value].map((value) => leavesOf(value).join(' and '))
    const what = `the same was said, and it is at ${is}; by version ${to.version} it is at ${would}`
    return byMapping(migrating, { seq: past.length, what })
  }
  const running = new Set(Object.keys(state.armed))
  return { kind: 'safe', state: replayed.state, startTimers: replayed.started.filter(({ name }) => !running.has(name)) }
}

/** Where the other version has it by itself: the same place, or the one that the mapping names. */
const isExpected = (mapping: StateMapping, { value }: SagaState, there: SagaState): boolean => {
  const isAt = leavesOf(there.value).toSorted()
  const same = leavesOf(value)
  const named = same.map((path) => placeOf(mapping, path) ?? path)
  return [same, named].some((paths) => canonicalJson(paths.toSorted()) === canonicalJson(isAt))
}

const placeOf = (mapping: StateMapping, path: string): string | undefined => {
  const from = Object.keys(mapping)
    .filter((key) => path === key || path.startsWith(`${key}.`))
    .sort((one, other) => other.length - one.length)[0]
  return from === undefined ? undefined : `${mapping[from]}${path.slice(from.length)}`
}

const byMapping = ({ from, to, mapping, state }: Migrating, difference: Difference): Migration => {
  const leaves = leavesOf(state.value)
  const places = leaves.map((path) => placeOf(mapping, path))
  const states = leaves.filter((_, index) => places[index] === undefined)
  if (states.length > 0) return { kind: 'needs-mapping', difference, states }
  const found = valueAt(
    to.chart,
    places.flatMap((path) => path ?? []),
  )
  if ('faults' in found) return { kind: 'impossible', difference, why: found.faults }
  const migrated = placed(from, to, state, found.value)
  const why = whyNot(to, migrated.state)
  return why.length > 0 ? { kind: 'impossible', difference, why } : { kind: 'mapped', difference, ...migrated }
}

/** The saga at another place: what it has asked and waits for stays, and so do the timers that run there, too. */
const placed = (from: Definition, to: Definition, before: SagaState, value: StateValue): Migrated => {
  const wanted = timersAt(to, value)
  const kept = Object.entries(before.armed).filter(([name]) => wanted.some((timer) => timer.name === name))
  // One that both versions have here and that does not run has passed.
  const had = timersAt(from, before.value).map(({ name }) => name)
  const fresh = wanted.filter(({ name }) => !had.includes(name) && before.armed[name] === undefined)
  const starts = fresh.map(({ name, delay }, index) => ({
    name,
    arm: before.arms + index + 1,
    delayMs: delayMs(to, delay, before.context),
    guards: isDeadline(to, name, before.waiting),
  }))
  const state: SagaState = {
    ...before,
    value,
    armed: Object.fromEntries([...kept, ...starts.map(({ name, arm }) => [name, arm] as const)]),
    arms: before.arms + starts.length,
  }
  return { state, startTimers: starts }
}

const timersAt = ({ chart }: Definition, value: StateValue): readonly ChartTimer[] => {
  const paths = activeNodes({ chart } as Definition, value).map(({ path }) => path)
  return [...chart.timers.values()].filter(({ node }) => paths.includes(node))
}

const delayMs = ({ machine }: Definition, delay: string | number, context: SagaState['context']): number => {
  const given: unknown = typeof delay === 'number' ? delay : machine.implementations.delays[delay]
  const ms: unknown = typeof given === 'function' ? given({ context, event: { type: 'migration' } }, undefined) : given
  return typeof ms === 'number' && ms >= 0 ? Math.round(ms) : 0
}

const whyNot = (to: Definition, state: SagaState): readonly string[] => [
  ...unknownIn(to, state).map((name) => `version ${to.version} has no ${name}`),
  ...(to.chart.hasHistory ? [`version ${to.version} remembers states it left, which a mapping cannot say`] : []),
  ...activeNodes(to, state.value).flatMap((node) => (node.children.length === 0 ? unasked(node, state) : [])),
]

/** A saga must not wait for the answer to a question that it never asked. */
const unasked = ({ path, type, entry }: ChartNode, { waiting }: SagaState): readonly string[] => {
  const asks = saysOf(entry).filter(isCommand)
  if (type === 'final' || asks.length === 0 || asks.some((ask) => waiting.some((each) => each.type === ask.type)))
    return []
  return [`${path} waits for the answer to ${asks.map((ask) => ask.type).join(' or ')}, which this saga has not asked`]
}
