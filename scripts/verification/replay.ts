import { derivedId } from '@skald/messaging'
import { type Definition, type PersonNeeded, person, type SagaState, type StepResult, start, step } from '@skald/saga'

/** An entry of a history, as far as a replay needs it; states and outputs as JSON. */
export interface Entry {
  readonly seq: number
  readonly messageId: string
  readonly type: string
  readonly causationId: string | null
  readonly input: unknown
  readonly toState: string
  /** Types of what was said because of it, in order. */
  readonly saidTypes: readonly string[]
}

export interface Replayed {
  /** The first entry to which the definition does not lead. */
  readonly fault: string | undefined
  /** What a person settled by hand, by skipping it. */
  readonly skipped: readonly PersonNeeded[]
}

/** Runs a history through the pure engine: the same inputs must lead to the same states and say the same. */
export const replay = (definition: Definition, sagaId: string, entries: readonly Entry[]): Replayed => {
  let state: SagaState | undefined
  const skipped: PersonNeeded[] = []
  for (const entry of entries) {
    try {
      const result = apply(definition, sagaId, state, entry)
      if (state && entry.type === 'operator.skip' && result.state !== state) skipped.push(...person(definition, state))
      const fault = differenceOf(result, entry)
      if (fault !== undefined) return { fault: `${whereOf(entry)}: ${fault}`, skipped }
      state = result.state
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { fault: `${whereOf(entry)}: the definition cannot take it: ${why}`, skipped }
    }
  }
  return { fault: undefined, skipped }
}

const whereOf = ({ seq, type }: Entry): string => `entry ${seq} (${type})`

const differenceOf = ({ state, messages }: StepResult, { toState, saidTypes }: Entry): string | undefined => {
  if (canonical(state.value) !== canonical(JSON.parse(toState))) {
    return `the definition leads to ${JSON.stringify(state.value)}, the history says ${toState}`
  }
  const said = messages.map((message) => message.said.type).join(', ')
  const recorded = saidTypes.join(', ')
  return said === recorded
    ? undefined
    : `the definition says ${said || 'nothing'}, the history ${recorded || 'nothing'}`
}

const OPERATOR_ACTION = /^operator\.(retry|skip|cancel)$/
/** A pause concerns the coordinator alone: the saga stays where it is. */
const OUTSIDE_THE_CHART = /^operator\.(pause|resume)$/

const apply = (definition: Definition, sagaId: string, state: SagaState | undefined, entry: Entry): StepResult => {
  const { type, messageId, causationId, input } = entry
  const idOf = (ordinal: number): string => derivedId(messageId, ordinal)
  const event = { kind: 'event', type, data: input, causationId: causationId ?? undefined, idOf } as const
  if (!state) return start(definition, { ...event, sagaId })
  if (OUTSIDE_THE_CHART.test(type)) return unmoved(state)
  if (type.startsWith('timer.')) {
    const { name, arm } = input as { readonly name: string; readonly arm: number }
    return step(definition, state, { kind: 'timer', timer: name, arm, idOf })
  }
  const action = OPERATOR_ACTION.exec(type)?.[1]
  if (action !== undefined) {
    const { reason = '' } = (input ?? {}) as { readonly reason?: string }
    return step(definition, state, { kind: 'operator', action: action as 'retry' | 'skip' | 'cancel', reason, idOf })
  }
  return step(definition, state, event)
}

const unmoved = (state: SagaState): StepResult => ({
  state,
  messages: [],
  startTimers: [],
  stopTimers: [],
  outcome: { kind: 'noted', note: 'outside the chart' },
})

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
