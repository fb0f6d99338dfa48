import type { Said } from './contract.ts'
import type { Definition } from './define.ts'
import type { Input, OperatorInput, Outcome, SagaState, StateValue, StepResult } from './state.ts'
import { type SagaStatus, status } from './status.ts'
import { start, step as stepOnce } from './step.ts'

/*
 * A saga's promises as sentences over the real engine: `expect(specification(saga).given(a, b).when(c)).toMatchObject(d)`.
 * An event is written as its contract says it; a reply answers the attempt that waits, unless the test says otherwise.
 */

export interface TimerPasses {
  readonly passes: string
}
export interface PersonSays {
  readonly says: OperatorInput['action']
  readonly reason: string
}
export interface EventArrives extends Said {
  /** The message it answers; when left out, the command that waits for such a reply. */
  readonly answers?: string
}
export type Happens = EventArrives | TimerPasses | PersonSays

/** The saga after what happened, to be compared with what it should be. */
export interface Observed {
  readonly state: StateValue
  readonly status: SagaStatus
  readonly says: readonly Said[]
  /** Names of the timers that run, sorted. */
  readonly timers: readonly string[]
  /** Types of the commands that are unanswered, sorted. */
  readonly waitsFor: readonly string[]
  readonly outcome: Outcome['kind']
  /** The note, or why the input was ignored or refused; empty when there is nothing to say. */
  readonly because: string
  readonly step: StepResult
}

export interface Given {
  readonly given: (...happened: readonly Happens[]) => Given
  readonly when: (happens: Happens) => Observed
}

export const timerPasses = (name: string): TimerPasses => ({ passes: name })
export const personSays = (action: OperatorInput['action'], reason = 'test'): PersonSays => ({ says: action, reason })

/** The first thing that happens must be the event that starts the saga. */
export const specification = (definition: Definition): Given => givenSteps(definition, [])

const givenSteps = (definition: Definition, happened: readonly Happens[]): Given => ({
  given: (...more) => givenSteps(definition, [...happened, ...more]),
  when: (happens) => {
    let state: SagaState | undefined
    for (const [index, one] of happened.entries()) state = perform(definition, state, one, index).state
    return observed(definition, perform(definition, state, happens, happened.length))
  },
})

const perform = (definition: Definition, state: SagaState | undefined, happens: Happens, index: number): StepResult => {
  const idOf = (ordinal: number) => `message-${index}-${ordinal}`
  if (state !== undefined) return stepOnce(definition, state, { ...inputOf(definition, state, happens), idOf })
  if (!('type' in happens)) throw new TypeError(`a saga starts with an event: '${definition.startedBy}'`)
  return start(definition, { kind: 'event', type: happens.type, data: happens.data, sagaId: 'saga-1', idOf })
}

type WithoutIds<One> = One extends Input ? Omit<One, 'idOf'> : never

const inputOf = (definition: Definition, state: SagaState, happens: Happens): WithoutIds<Input> => {
  if ('passes' in happens) {
    const arm = state.armed[happens.passes]
    if (arm === undefined) throw new TypeError(`timer '${happens.passes}' does not run; ${namesOf(state.armed)}`)
    return { kind: 'timer', timer: happens.passes, arm }
  }
  if ('says' in happens) return { kind: 'operator', action: happens.says, reason: happens.reason }
  const { type, data, answers } = happens
  const asked = [...(definition.succeeds.get(type) ?? []), ...(definition.fails.get(type) ?? [])]
  const causationId = answers ?? state.waiting.find((entry) => asked.includes(entry.type))?.id
  return { kind: 'event', type, data, causationId }
}

const namesOf = (armed: SagaState['armed']): string => `running: ${Object.keys(armed).join(', ') || 'none'}`

const observed = (definition: Definition, step: StepResult): Observed => ({
  state: step.state.value,
  status: status(definition, step.state),
  says: step.messages.map(({ said }) => said),
  timers: Object.keys(step.state.armed).sort(),
  waitsFor: step.state.waiting.map(({ type }) => type).sort(),
  outcome: step.outcome.kind,
  because: reasonOf(step.outcome),
  step,
})

const reasonOf = (outcome: Outcome): string => {
  if (outcome.kind === 'moved') return outcome.note ?? ''
  return outcome.kind === 'noted' ? outcome.note : outcome.reason
}
