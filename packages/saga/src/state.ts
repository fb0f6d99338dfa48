import type { Said } from './contract.ts'

/** An XState state value: the name of a state, or an object of regions and their values. */
export type StateValue = string | { readonly [region: string]: StateValue }

/** A command that was sent and is not answered yet: what is sent again, unchanged, when its reply does not come. */
export interface Waiting extends Said {
  /** The command's message id; a failure counts only when it names this id. */
  readonly id: string
}

/** A saga at rest: plain JSON, all there is to know to go on. */
export interface SagaState {
  readonly value: StateValue
  readonly context: Readonly<Record<string, unknown>>
  readonly status: 'active' | 'done'
  /** The timers that run, each with its arm: the number of the start that is valid. */
  readonly armed: Readonly<Record<string, number>>
  /** Timers started so far. A start takes the next number, so a timer of an earlier start can be told apart. */
  readonly arms: number
  /** At most one command of a type; a new attempt takes the place of the one before. */
  readonly waiting: readonly Waiting[]
  /** Only for charts with history states. */
  readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>
}

interface Cause {
  /** The id that the n-th message (from 0) said because of this input will have: a pure function of the input's id. */
  readonly idOf: (ordinal: number) => string
}

export interface EventInput extends Cause {
  readonly kind: 'event'
  readonly type: string
  readonly data: unknown
  /** The message that this one answers. */
  readonly causationId?: string | undefined
}

export interface TimerInput extends Cause {
  readonly kind: 'timer'
  readonly timer: string
  readonly arm: number
}

/** A person's action. The chart sees the event `operator.<action>` with the reason; a state that knows no such event ignores it. */
export interface OperatorInput extends Cause {
  readonly kind: 'operator'
  readonly action: 'retry' | 'skip' | 'cancel'
  readonly reason: string
}

export type Input = EventInput | TimerInput | OperatorInput

export interface StartInput extends EventInput {
  readonly sagaId: string
}

export interface SagaMessage {
  readonly ordinal: number
  readonly id: string
  readonly said: Said
}

export interface StartedTimer {
  readonly name: string
  readonly arm: number
  readonly delayMs: number
  /** True for a deadline: an unanswered command is waited for meanwhile. False for a pure pause, such as a backoff. */
  readonly guards: boolean
}

export interface StoppedTimer {
  readonly name: string
  readonly arm: number
}

/** Why an input changed nothing. */
export type Ignored =
  | 'ended'
  | 'stale-timer'
  | 'earlier-attempt'
  | 'names-no-command'
  /** Nothing in the state knows the event: a gap in the chart, or a message of somebody else. */
  | 'unexpected'

export type Outcome =
  | { readonly kind: 'moved'; readonly from: StateValue | null; readonly to: StateValue; readonly note?: string }
  | { readonly kind: 'noted'; readonly note: string }
  | { readonly kind: 'ignored'; readonly why: Ignored; readonly reason: string }
  /** The input must not exist: a type reserved for this package, or a type that is no name at all. */
  | { readonly kind: 'refused'; readonly reason: string }

/** Apply `stopTimers` before `startTimers`: a state that is entered again stops and starts the same timer. */
export interface StepResult {
  readonly state: SagaState
  readonly messages: readonly SagaMessage[]
  readonly startTimers: readonly StartedTimer[]
  readonly stopTimers: readonly StoppedTimer[]
  readonly outcome: Outcome
}
