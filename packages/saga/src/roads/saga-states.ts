import type { Said } from '../contract.ts'
import type { Definition } from '../define.ts'
import { canonicalJson } from '../json.ts'
import type { Input, Outcome, SagaState, StepResult } from '../state.ts'
import { isPast, type SagaStatus, status } from '../status.ts'
import { start, step } from '../step.ts'

/** A saga's state with ids and arms renamed, so that states reached on different roads can be seen to be the same. */
export interface WalkedState {
  readonly id: number
  /** The same for states that differ in nothing but context. */
  readonly shape: string
  readonly state: SagaState
  readonly status: SagaStatus
}

export interface WalkedStep {
  readonly next: WalkedState
  readonly outcome: Outcome
  readonly says: readonly string[]
  readonly said: readonly Said[]
}

/** Every state met, once, and every step taken from it, once: worlds differ mostly in what lies around the saga. */
export interface SagaStates {
  readonly start: (data: unknown) => WalkedStep
  readonly step: (from: WalkedState, name: string, input: InputWithoutIds) => WalkedStep
  readonly isPast: (walked: WalkedState) => boolean
  readonly count: () => { readonly states: number; readonly steps: number }
}

export type InputWithoutIds = Input extends infer One ? (One extends Input ? Omit<One, 'idOf'> : never) : never

/** The name under which a command that waits is answered in a walk. */
export const currentId = (type: string): string => `current ${type}`

const idOf = (ordinal: number): string => `new ${ordinal}`

const renamed = (state: SagaState): SagaState => {
  const names = Object.keys(state.armed).sort()
  return {
    ...state,
    armed: Object.fromEntries(names.map((name, index) => [name, index + 1])),
    arms: names.length,
    waiting: [...state.waiting]
      .sort((a, b) => (a.type < b.type ? -1 : 1))
      .map((entry) => ({ ...entry, id: currentId(entry.type) })),
  }
}

const without = (context: SagaState['context'], fields: readonly string[]) =>
  Object.fromEntries(Object.entries(context).filter(([name]) => !fields.includes(name)))

const shapeOf = ({ value, armed, waiting, historyValue }: SagaState): string =>
  canonicalJson([value, Object.keys(armed), waiting.map(({ type }) => type), historyValue])

export const createSagaStates = (definition: Definition, regardless: readonly string[] = []): SagaStates => {
  const known = new Map<string, WalkedState>()
  const taken = new Map<string, WalkedStep>()
  const intern = (raw: SagaState): WalkedState => {
    const state = renamed(raw)
    const key = canonicalJson({
      ...state,
      context: without(state.context, regardless),
      waiting: state.waiting.map(({ type }) => type),
    })
    const found = known.get(key)
    if (found) return found
    const walked = { id: known.size, shape: shapeOf(state), state, status: status(definition, state) }
    known.set(key, walked)
    return walked
  }
  const walked = ({ state, outcome, messages }: StepResult): WalkedStep => ({
    next: intern(state),
    outcome,
    says: messages.map(({ said }) => said.type),
    said: messages.map(({ said }) => said),
  })
  return {
    start: (data) =>
      walked(start(definition, { kind: 'event', type: definition.startedBy, data, sagaId: 'saga-1', idOf })),
    step: (from, name, input) => {
      const key = `${from.id} ${name}`
      const found = taken.get(key) ?? walked(step(definition, from.state, { ...input, idOf }))
      taken.set(key, found)
      return found
    },
    isPast: ({ state }) => isPast(definition, state),
    count: () => ({ states: known.size, steps: taken.size }),
  }
}
