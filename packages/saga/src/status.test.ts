import { describe, expect, it } from 'vitest'
import { begin, data, fire, hear, ids, silentSaga, stored, trip } from '../test/steps.ts'
import { defineTrip, tripParts } from '../test/trip.ts'
import { person, type SagaState, status, step, unknownIn } from './index.ts'

describe('a person', () => {
  const stuck = () => {
    const kept = hear(fire(begin().state, 'roomDeadline').state, 'room.kept.v1', 'roomDeadline-0')
    const again = fire(kept.state, 'freeBackoff')
    return hear(again.state, 'room.kept.v1', 'freeBackoff-0').state
  }
  const say = (state: SagaState, action: 'retry' | 'skip' | 'cancel') =>
    step(trip, state, { kind: 'operator', action, reason: 'test', ...ids(action) })

  it('is asked by states with the tag, with the effect and the reason', () => {
    expect(status(trip, stuck())).toBe('NEEDS_ATTENTION')
    expect(person(trip, stuck())).toEqual([{ effect: 'room.free', reason: 'the hotel keeps the room' }])
    expect(person(trip, begin().state)).toEqual([])
  })

  it('can have a fresh round tried, or go on as if it were done', () => {
    expect(say(stuck(), 'retry')).toMatchObject({ state: { value: 'freeingRoom' }, outcome: { kind: 'moved' } })
    expect(say(stuck(), 'skip').state.status).toBe('done')
  })

  it('is told when the state takes no such action', () => {
    expect(say(begin().state, 'skip').outcome).toMatchObject({ kind: 'ignored', why: 'unexpected' })
    expect(say(stuck(), 'cancel').outcome).toMatchObject({ kind: 'ignored', why: 'unexpected' })
  })

  it('who skips an effect ends the wait for it, unless the state does not know how', () => {
    const needsPerson = {
      ...tripParts.needsPerson,
      on: { ...tripParts.needsPerson.on, 'operator.skip': 'bookingRoom' },
    }
    const skipping = defineTrip({ needsPerson })
    const booked = hear(begin().state, 'room.booked.v1', 'first-0').state
    const silent = fire(booked, 'flightDeadline').state
    const skip = { kind: 'operator' as const, action: 'skip' as const, reason: 'test', ...ids('skip') }
    expect(step(skipping, silent, skip).state.waiting.map(({ type }) => type)).toEqual(['room.book.v1'])
    expect(step(trip, silent, skip).state).toBe(silent)
  })
})

describe('a status', () => {
  it('follows the tags', () => {
    const freeing = fire(begin().state, 'roomDeadline').state
    const booked = hear(hear(begin().state, 'room.booked.v1').state, 'flight.booked.v1').state
    expect(status(trip, begin().state)).toBe('RUNNING')
    expect(status(trip, freeing)).toBe('COMPENSATING')
    expect(status(trip, hear(freeing, 'room.freed.v1').state)).toBe('COMPENSATED')
    expect(status(trip, booked)).toBe('COMPLETED')
  })
})

describe('a stored state', () => {
  it('is known to the definition it belongs to', () => {
    expect(unknownIn(trip, begin().state)).toEqual([])
  })

  it('is unknown with a state, a timer or a command that the definition does not have', () => {
    const { state } = begin()
    const renamed = {
      ...state,
      value: { bookingRoom: 'x' },
      armed: { old: 1 },
      waiting: [{ id: 'i', type: 'old.do.v1', subject: 's', data }],
    }
    expect(unknownIn(trip, renamed)).toEqual(["state 'bookingRoom.x'", "timer 'old'", "command 'old.do.v1'"])
    expect(() => hear({ ...state, value: 'gone' }, 'room.booked.v1')).toThrow('gone')
  })

  it('keeps the history of states that remember where they were', () => {
    const remembering = silentSaga({
      initial: 'main',
      states: {
        main: {
          initial: 'a',
          on: { 'x.happened.v1': 'aside' },
          states: { a: { always: 'b' }, b: {}, back: { type: 'history' } },
        },
        aside: { on: { 'x.happened.v1': 'main.back' } },
      },
    })
    const aside = hear(begin(remembering).state, 'x.happened.v1', undefined, remembering)
    const back = hear(stored(aside.state), 'x.happened.v1', undefined, remembering)
    expect(back.state.value).toEqual({ main: 'b' })
  })
})
