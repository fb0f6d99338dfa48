import type { Said } from './contract.ts'
import type { Definition } from './define.ts'
import { canonicalJson } from './json.ts'
import type { Input, OperatorInput, Outcome, SagaState, StateValue, StepResult } from './state.ts'
import { type SagaStatus, status } from './status.ts'
import { start, step } from './step.ts'

/*
 * Given what happened, when this happens, then: the saga's promises as sentences, over the real engine. An event is
 * written as its contract says it; a refusal answers the attempt that waits, unless the test says otherwise.
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

/** What must be so afterwards; what is left out may be anything. */
export interface Expected {
  readonly state?: StateValue
  readonly status?: SagaStatus
  /** Exactly these messages, in order: whole, or by type. */
  readonly says?: readonly (Said | string)[]
  /** Exactly these timers run. */
  readonly timers?: readonly string[]
  /** Exactly these command types wait for a reply. */
  readonly waitsFor?: readonly string[]
  readonly outcome?: Outcome['kind']
  /** Part of the note, or of the reason for which the event was ignored or refused. */
  readonly because?: string
}

export interface Then {
  /** @throws an error that names every difference. Returns the step, for what is not covered here. */
  readonly thenIt: (expected: Expected) => StepResult
  readonly result: StepResult
}

export interface Given {
  readonly given: (...happened: readonly Happens[]) => Given
  readonly when: (happens: Happens) => Then
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
    const result = perform(definition, state, happens, happened.length)
    return { result, thenIt: (expected) => checked(definition, result, expected) }
  },
})

const perform = (definition: Definition, state: SagaState | undefined, happens: Happens, index: number): StepResult => {
  const idOf = (ordinal: number) => `message-${index}-${ordinal}`
  if (state !== undefined) return step(definition, state, { ...inputOf(definition, state, happens), idOf })
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

const checked = (definition: Definition, result: StepResult, expected: Expected): StepResult => {
  const { state, messages, outcome } = result
  const said = messages.map(({ said: one }) => one)
  const differences = [
    differs('state', state.value, expected.state),
    differs('status', status(definition, state), expected.status),
    differs(
      'says',
      said.map((one, index) => (typeof expected.says?.[index] === 'string' ? one.type : one)),
      expected.says,
    ),
    differs('timers', Object.keys(state.armed).sort(), expected.timers && [...expected.timers].sort()),
    differs(
      'waitsFor',
      state.waiting.map(({ type }) => type).sort(),
      expected.waitsFor && [...expected.waitsFor].sort(),
    ),
    differs('outcome', outcome.kind, expected.outcome),
    lacks(reasonOf(outcome), expected.because),
  ].filter((difference) => difference !== undefined)
  if (differences.length === 0) return result
  throw new Error(`the saga does otherwise:\n${differences.join('\n')}`)
}

const reasonOf = (outcome: Outcome): string => {
  if (outcome.kind === 'moved') return outcome.note ?? ''
  return outcome.kind === 'noted' ? outcome.note : outcome.reason
}

const differs = (what: string, actual: unknown, expected: unknown): string | undefined => {
  if (expected === undefined) return undefined
  const [is, should] = [canonicalJson(actual), canonicalJson(expected)]
  return is === should ? undefined : `- ${what} is ${is}, expected ${should}`
}

const lacks = (reason: string, part: string | undefined): string | undefined =>
  part === undefined || reason.includes(part) ? undefined : `- the reason is '${reason}', expected '${part}' in it`
