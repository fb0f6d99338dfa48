import type { AnyMachineSnapshot } from 'xstate'
import type { Said } from './contract.ts'
import type { Definition } from './define.ts'
import { type ChartEvent, type Driven, driver, type Performed, restore } from './drive.ts'
import { jsonFault } from './json.ts'
import type {
  EventInput,
  Input,
  OperatorInput,
  Outcome,
  SagaMessage,
  SagaState,
  StartInput,
  StateValue,
  StepResult,
  TimerInput,
  Waiting,
} from './state.ts'
import { person } from './status.ts'
import { isDeadline, timersAfter } from './timers.ts'
import { answered, waitingAfter, withoutSkipped } from './waiting.ts'

/*
 * Pure: the same definition, state and input always give the same result, so a saga's history is its inbox and its
 * context at any point can be computed again. Nothing here performs anything; the caller writes state, messages and
 * timers in one transaction.
 */

/**
 * The first step of a saga.
 * @throws when the event is not the one that starts it, when the context is not plain JSON, or what the chart throws.
 */
export const start = (definition: Definition, input: StartInput): StepResult => {
  if (input.type !== definition.startedBy) {
    throw new TypeError(`saga '${definition.name}' is started by '${definition.startedBy}', not by '${input.type}'`)
  }
  const driven = driver.start(definition.machine, definition.inputOf(input.data, { sagaId: input.sagaId }))
  return settled(definition, { armed: {}, arms: 0, waiting: [] }, null, driven, input)
}

/**
 * One step of a saga under way.
 * @throws when the chart has no such state (see `unknownIn`), when the context stops being plain JSON, or what a guard
 * or assign throws. A throw is a bug in the definition: the same input throws again.
 */
export const step = (definition: Definition, state: SagaState, input: Input): StepResult => {
  if (state.status === 'done') return unchanged(state, ignored('ended', 'the saga has ended'))
  switch (input.kind) {
    case 'event':
      return stepEvent(definition, state, input)
    case 'timer':
      return stepTimer(definition, state, input)
    case 'operator':
      return stepOperator(definition, state, input)
  }
}

const stepEvent = (definition: Definition, state: SagaState, input: EventInput): StepResult => {
  const { type, data } = input
  if (/^(xstate|operator)\.|\*|^$/.test(type)) {
    return unchanged(state, {
      kind: 'refused',
      reason: `the event type '${type}' is reserved and never comes from outside`,
    })
  }
  const answer = answered(definition, state.waiting, input)
  if (!answer.counts) return unchanged(state, ignored(answer.why, answer.reason))
  const { waiting } = answer
  return move(definition, waiting === state.waiting ? state : { ...state, waiting }, { type, data }, input)
}

const stepTimer = (definition: Definition, state: SagaState, input: TimerInput): StepResult => {
  const event = definition.chart.timers.get(input.timer)?.event
  const { [input.timer]: arm, ...others } = state.armed
  if (event === undefined || arm !== input.arm) {
    return unchanged(state, ignored('stale-timer', `timer '${input.timer}' was stopped or started anew meanwhile`))
  }
  // A timer that passed is gone, so it is not among those that leaving the state stops.
  return move(definition, { ...state, armed: others }, { type: event }, input)
}

/** What a person skips is not asked for any more, whatever the chart goes on to. */
const stepOperator = (definition: Definition, state: SagaState, input: OperatorInput): StepResult => {
  const event = { type: `operator.${input.action}`, reason: input.reason }
  if (input.action !== 'skip') return move(definition, state, event, input)
  const waiting = withoutSkipped(state.waiting, person(definition, state))
  const result = move(definition, { ...state, waiting }, event, input)
  return result.outcome.kind === 'moved' ? result : { ...result, state }
}

const unchanged = (state: SagaState, outcome: Outcome): StepResult => ({
  state,
  messages: [],
  startTimers: [],
  stopTimers: [],
  outcome,
})

const ignored = (why: Extract<Outcome, { kind: 'ignored' }>['why'], reason: string): Outcome => ({
  kind: 'ignored',
  why,
  reason,
})

const move = (definition: Definition, state: SagaState, event: ChartEvent, input: Input): StepResult => {
  const snapshot = restore(definition.machine, state)
  const driven = driver.move(definition.machine, snapshot, event)
  if (driven.snapshot !== snapshot || driven.performed.some(({ type }) => type !== 'note')) {
    return settled(definition, state, state.value, driven, input)
  }
  const note = noteOf(driven.performed)
  return unchanged(
    state,
    note === undefined
      ? ignored('unexpected', `nothing in ${JSON.stringify(state.value)} expects '${event.type}'`)
      : { kind: 'noted', note },
  )
}

const settled = (
  definition: Definition,
  before: Pick<SagaState, 'armed' | 'arms' | 'waiting'> & { readonly context?: SagaState['context'] },
  from: StateValue | null,
  { snapshot, performed }: Driven,
  { idOf }: Input,
): StepResult => {
  const ended = snapshot.status === 'done'
  const messages = messagesOf(definition, performed, idOf)
  const waiting: readonly Waiting[] = ended ? [] : waitingAfter(definition, before.waiting, messages)
  const timers = timersAfter(definition, before, performed, ended)
  const context = checkedContext(before.context, snapshot.context)
  const note = noteOf(performed)
  const value = snapshot.value as StateValue
  return {
    state: {
      value,
      context,
      status: ended ? 'done' : 'active',
      armed: timers.armed,
      arms: timers.arms,
      waiting,
      ...(definition.chart.hasHistory && { historyValue: historyOf(snapshot) }),
    },
    messages,
    startTimers: timers.started.map((timer) => ({ ...timer, guards: isDeadline(definition, timer.name, waiting) })),
    stopTimers: timers.stopped,
    outcome: { kind: 'moved', from, to: value, ...(note !== undefined && { note }) },
  }
}

const messagesOf = (
  definition: Definition,
  performed: readonly Performed[],
  idOf: (ordinal: number) => string,
): SagaMessage[] => {
  const messages: SagaMessage[] = []
  for (const { type, params } of performed) {
    if (type === 'send') {
      const ordinal = messages.length
      messages.push({ ordinal, id: idOf(ordinal), said: params as Said })
    } else if (type !== 'note' && type !== 'xstate.raise' && type !== 'xstate.cancel') {
      // The check at load refuses every other action; one that comes all the same must not be dropped.
      throw new TypeError(`saga '${definition.name}' performs '${type}', which is no word of a saga`)
    }
  }
  return messages
}

const noteOf = (performed: readonly Performed[]): string | undefined => {
  const texts = performed.flatMap(({ type, params }) => (type === 'note' ? [(params as { text: string }).text] : []))
  return texts.length === 0 ? undefined : texts.join('; ')
}

const checkedContext = (
  before: SagaState['context'] | undefined,
  context: SagaState['context'],
): SagaState['context'] => {
  const fault = context === before ? undefined : jsonFault(context)
  if (fault) throw new TypeError(`the saga's context${fault}`)
  return context
}

const historyOf = (snapshot: AnyMachineSnapshot): NonNullable<SagaState['historyValue']> =>
  Object.fromEntries(
    Object.entries(snapshot.historyValue).map(([key, nodes]) => [key, nodes.map(({ id }) => ({ id }))]),
  )
