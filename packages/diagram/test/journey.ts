import { type OperatorInput, type SagaState, start, step } from '@skald/saga'
import type { Run, Step } from '../src/index.ts'
import { parcelSaga } from './parcel.ts'

/** A saga that the engine itself has run: its history is what a coordinator would have kept. */
export interface Journey {
  readonly state: SagaState
  readonly steps: readonly Step[]
}

const idsFrom = (seq: number) => ({ idOf: (ordinal: number): string => `${seq}-${ordinal}` })
const data = { parcelId: 'p1' }

export const ordered = (): Journey => {
  const { state } = start(parcelSaga, { kind: 'event', type: 'parcel.ordered.v1', data, sagaId: 's1', ...idsFrom(1) })
  return { state, steps: [{ seq: 1, type: 'parcel.ordered.v1', from: null, to: state.value }] }
}

/** What came, in order: message types, `timer.<name>` and `operator.<action>`. What the saga ignored is no step. */
export const after = (...came: readonly string[]): Journey => came.reduce(heard, ordered())

export const heard = ({ state, steps }: Journey, type: string): Journey => {
  const seq = (steps.at(-1)?.seq ?? 0) + 1
  const result = step(parcelSaga, state, inputOf(state, type, seq))
  if (result.outcome.kind !== 'moved') return { state, steps }
  return { state: result.state, steps: [...steps, { seq, type, from: state.value, to: result.state.value }] }
}

const inputOf = (state: SagaState, type: string, seq: number): Parameters<typeof step>[2] => {
  const ids = idsFrom(seq)
  const timer = type.startsWith('timer.') ? type.slice('timer.'.length) : undefined
  if (timer !== undefined) return { kind: 'timer', timer, arm: state.armed[timer] ?? 0, ...ids }
  if (type.startsWith('operator.')) {
    return { kind: 'operator', action: type.slice('operator.'.length) as OperatorInput['action'], reason: 'so', ...ids }
  }
  const asked = state.waiting.find((waiting) => parcelSaga.commands.get(waiting.type)?.failure.includes(type))
  return { kind: 'event', type, data, causationId: asked?.id, ...ids }
}

export const runOf = ({ state, steps }: Journey, fields: Partial<Run> = {}): Run => ({
  sagaId: 's1',
  status: 'RUNNING',
  state: state.value,
  ended: state.status === 'done',
  steps,
  ...fields,
})
