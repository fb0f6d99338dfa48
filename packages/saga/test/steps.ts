import { setup } from 'xstate'
import { actions, type Definition, defineSaga, type SagaState, type StepResult, start, step } from '../src/index.ts'
import { defineTrip, event, tripPlanned } from './trip.ts'

export const trip = defineTrip()
export const data = { tripId: 'trip-1' }
export const ids = (input: string) => ({ idOf: (ordinal: number) => `${input}-${ordinal}` })

export const begin = (definition: Definition = trip): StepResult =>
  start(definition, { kind: 'event', type: 'trip.planned.v1', data, sagaId: 'saga-1', ...ids('first') })

export const hear = (state: SagaState, type: string, causationId?: string, definition = trip): StepResult =>
  step(definition, state, { kind: 'event', type, data, causationId, ...ids(type) })

export const fire = (state: SagaState, timer: string, arm = state.armed[timer] ?? 0, definition = trip): StepResult =>
  step(definition, state, { kind: 'timer', timer, arm, ...ids(timer) })

export const stored = (state: SagaState): SagaState => JSON.parse(JSON.stringify(state)) as SagaState

/** A saga that says nothing and hears `x.happened.v1`; the chart is the test's. */
export const silentSaga = (config: object, context: object = data, delays: Record<string, number> = {}): Definition => {
  const machine = setup({ actions, delays }).createMachine({ id: 'one', context: { ...context }, ...config })
  return defineSaga({
    name: 'one',
    version: 1,
    startedBy: tripPlanned,
    listensTo: [event('x.happened.v1')],
    commands: [],
    machine,
  })
}
