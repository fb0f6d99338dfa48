import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
  initialTransition,
  transition,
} from 'xstate'
import type { SagaState } from './state.ts'

/*
 * The one file that runs XState.
 *
 * The public `initialTransition` and `transition` build a throw-away actor for every call, which also computes the
 * machine's initial state once more, with undefined input. Calling the machine's own `transition` with one scope that
 * is reused gives the same snapshots and actions several times faster. That scope's shape is internal to XState: the
 * exact version is pinned, a test compares both roads on every sequence of events, and a probe at load falls back to
 * the public road when they differ.
 */

/** An action that XState would perform: its name and resolved parameters. */
export interface Performed {
  readonly type: string
  readonly params: unknown
}

export interface Driven {
  readonly snapshot: AnyMachineSnapshot
  readonly performed: readonly Performed[]
}

export interface ChartEvent {
  readonly type: string
  readonly [field: string]: unknown
}

export interface Driver {
  /** @throws what a context factory, guard or assign throws. */
  readonly start: (machine: AnyStateMachine, input: unknown) => Driven
  /** The very same snapshot and no actions when nothing in it knows the event. @throws what a guard or assign throws. */
  readonly move: (machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: ChartEvent) => Driven
}

const performedOf = ({ type, params }: { type: string; params?: unknown }): Performed => ({ type, params })

// XState swallows a throw during start into the snapshot.
const started = (driven: Driven): Driven => {
  if (driven.snapshot.status === 'error') throw driven.snapshot.error
  return driven
}

export const publicDriver: Driver = {
  start: (machine, input) => {
    const [snapshot, actions] = initialTransition(machine, input)
    return started({ snapshot, performed: actions.map(performedOf) })
  },
  move: (machine, snapshot, event) => {
    const [next, actions] = transition(machine, snapshot, event)
    return { snapshot: next, performed: actions.map(performedOf) }
  },
}

const idle = createActor(createMachine({}))

const scopeFor = (perform: (action: Performed) => void): AnyActorScope => ({
  self: idle,
  system: idle.system,
  id: '',
  sessionId: '',
  logger: () => undefined,
  defer: () => undefined,
  emit: () => undefined,
  stopChild: () => undefined,
  actionExecutor: (action) => perform(performedOf(action)),
})

/** A scope belongs to one call at a time; calls are synchronous, so one is enough. */
const createReusedDriver = (): Driver => {
  let performed: Performed[] = []
  const scope = scopeFor((action) => performed.push(action))
  const collect = (run: () => AnyMachineSnapshot): Driven => {
    performed = []
    const snapshot = run()
    return { snapshot, performed }
  }
  return {
    start: (machine, input) => started(collect(() => machine.getInitialSnapshot(scope, input))),
    move: (machine, snapshot, event) => collect(() => machine.transition(snapshot, event, scope)),
  }
}

export const reusedDriver: Driver = createReusedDriver()

/** Plain JSON of what two drivers must agree on. */
export const comparable = ({ snapshot, performed }: Driven): string => JSON.stringify([snapshot.toJSON(), performed])

// One state entered, one timer, one action with parameters, one event: enough to notice another shape of the scope.
const probe = createMachine({
  context: { count: 0 },
  initial: 'one',
  states: {
    one: { entry: { type: 'send', params: { said: 1 } }, after: { 5: 'two' }, on: { go: 'two' } },
    two: { type: 'final' },
  },
})

const agrees = (): boolean => {
  try {
    const [reused, open] = [reusedDriver, publicDriver].map((driver) => {
      const begun = driver.start(probe, undefined)
      return [comparable(begun), comparable(driver.move(probe, begun.snapshot, { type: 'go' }))].join()
    })
    return reused === open
  } catch {
    return false
  }
}

export const driver: Driver = agrees() ? reusedDriver : publicDriver

const restoring = scopeFor(() => undefined)

/** Snapshots by state value, without context. The charts of a process have few values; the bound is for odd ones. */
const snapshots = new WeakMap<AnyStateMachine, Map<string, AnyMachineSnapshot>>()
const MAX_SNAPSHOTS = 1000

/** @throws when the chart has no such state: the saga belongs to another definition. */
export const restore = (machine: AnyStateMachine, state: SagaState): AnyMachineSnapshot => {
  const { value, context, historyValue } = state
  if (historyValue !== undefined) return restoreWithHistory(machine, state)
  const key = typeof value === 'string' ? value : JSON.stringify(value)
  const known = snapshots.get(machine) ?? new Map<string, AnyMachineSnapshot>()
  const found = known.get(key)
  // A snapshot is a plain object; all of it but the context follows from the state value.
  if (found) return { ...found, context } as AnyMachineSnapshot
  const snapshot = machine.resolveState({ value, context })
  if (known.size < MAX_SNAPSHOTS)
    snapshots.set(machine, known.set(key, { ...snapshot, context: {} } as AnyMachineSnapshot))
  return snapshot
}

const restoreWithHistory = (machine: AnyStateMachine, { value, context, historyValue }: SagaState) => {
  const persisted = {
    status: 'active' as const,
    output: undefined,
    error: undefined,
    value,
    context,
    children: {},
    historyValue,
  }
  return machine.restoreSnapshot(persisted, restoring)
}
