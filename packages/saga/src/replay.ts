import type { Said } from './contract.ts'
import type { Definition } from './define.ts'
import { canonicalJson } from './json.ts'
import type { SagaState, StartedTimer, StepResult } from './state.ts'
import { start, step } from './step.ts'

/** One entry of a saga's history: what came. */
export interface PastEntry {
  readonly type: string
  readonly data: unknown
  readonly causationId?: string | undefined
  /** The id that the n-th message said because of this input has. */
  readonly idOf: (ordinal: number) => string
}

/** With what the saga said because of it. */
export interface PastStep extends PastEntry {
  readonly said: readonly Said[]
}

export interface Replayed {
  readonly state: SagaState
  /** The starts of the timers that still run. */
  readonly started: readonly StartedTimer[]
}

/** The first step at which a chart does something else than the saga did. */
export interface Difference {
  /** Of the history, from 1. */
  readonly seq: number
  readonly what: string
}

const OPERATOR = /^operator\.(retry|skip|cancel)$/

/**
 * Runs a saga's history on a chart, which may be another than its own: where it would be by that chart, or the first step
 * at which that chart says something else. What concerns the saga's keeping alone (a pause, a migration) is passed over.
 */
export const replay = (
  definition: Definition,
  sagaId: string,
  past: readonly PastStep[],
): Replayed | { readonly difference: Difference } => {
  let state: SagaState | undefined
  let started: readonly StartedTimer[] = []
  for (const [index, entry] of past.entries()) {
    const result = attempt(definition, sagaId, state, entry)
    if (result === undefined) continue
    const what = typeof result === 'string' ? result : differenceOf(definition, entry, result)
    if (what !== undefined || typeof result === 'string') return { difference: { seq: index + 1, what: what ?? '' } }
    started = [...started, ...result.startTimers].filter(({ name, arm }) => result.state.armed[name] === arm)
    state = result.state
  }
  return state === undefined ? { difference: { seq: 1, what: 'the history is empty' } } : { state, started }
}

/** A text when the step is not possible. */
const attempt = (
  definition: Definition,
  sagaId: string,
  state: SagaState | undefined,
  entry: PastStep,
): StepResult | string | undefined => {
  try {
    return takeEntry(definition, sagaId, state, entry)
  } catch (error) {
    return `${entry.type} cannot be taken: ${error instanceof Error ? error.message : String(error)}`
  }
}

/**
 * The step that an entry of a history stands for; undefined for one that the chart has nothing to do with. A timer is
 * taken in the arm that runs, unless another is given: an arm is a count of starts, which another chart may count otherwise.
 *
 * @throws when the chart cannot take it.
 */
export const takeEntry = (
  definition: Definition,
  sagaId: string,
  state: SagaState | undefined,
  { type, data, causationId, idOf }: PastEntry,
  recordedArm?: number,
): StepResult | undefined => {
  if (state === undefined) return start(definition, { kind: 'event', type, data, causationId, sagaId, idOf })
  if (type.startsWith('timer.')) {
    const timer = type.slice('timer.'.length)
    return step(definition, state, { kind: 'timer', timer, arm: recordedArm ?? state.armed[timer] ?? 0, idOf })
  }
  if (!type.startsWith('operator.')) return step(definition, state, { kind: 'event', type, data, causationId, idOf })
  const action = OPERATOR.exec(type)?.[1]
  if (action !== 'retry' && action !== 'skip' && action !== 'cancel') return undefined
  const { reason = '' } = (data ?? {}) as { readonly reason?: string }
  return step(definition, state, { kind: 'operator', action, reason, idOf })
}

const differenceOf = ({ version }: Definition, { type, said }: PastStep, { messages }: StepResult) => {
  const says = messages.map((message) => message.said)
  if (canonicalJson(says.map(comparable)) === canonicalJson(said.map(comparable))) return undefined
  return `after ${type} the saga said ${listOf(said)}; by version ${version} it says ${listOf(says)}`
}

const comparable = ({ type, subject, data }: Said) => ({ type, subject, data })

const listOf = (said: readonly Said[]): string =>
  said.length === 0 ? 'nothing' : said.map(({ type }) => type).join(' and ')
