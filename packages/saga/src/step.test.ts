import { describe, expect, it } from 'vitest'
import { assign, setup } from 'xstate'
import { begin, data, fire, hear, ids, silentSaga, stored, trip } from '../test/steps.ts'
import { defineTrip, tripPlanned } from '../test/trip.ts'
import { actions, defineSaga, type EventInput, start } from './index.ts'

describe('start', () => {
  it('says the first command under an id derived from the input, and starts its deadline', () => {
    const { state, messages, startTimers, stopTimers, outcome } = begin()
    expect(messages).toEqual([
      { ordinal: 0, id: 'first-0', said: { type: 'room.book.v1', subject: 'trip-1', data: { tripId: 'trip-1' } } },
    ])
    expect(startTimers).toEqual([{ name: 'roomDeadline', arm: 1, delayMs: 1000, guards: true }])
    expect(stopTimers).toEqual([])
    expect(outcome).toEqual({ kind: 'moved', from: null, to: 'bookingRoom' })
    expect(state.waiting).toEqual([{ id: 'first-0', type: 'room.book.v1', subject: 'trip-1', data }])
  })

  it('refuses an event that starts another saga', () => {
    const input: EventInput = { kind: 'event', type: 'room.booked.v1', data, ...ids('x') }
    expect(() => start(trip, { ...input, sagaId: 's' })).toThrow(
      "is started by 'trip.planned.v1', not by 'room.booked.v1'",
    )
  })

  it('gives the context builder the saga id, for jitter that differs between sagas', () => {
    const machine = setup({ types: {} as { context: { id: string }; input: { id: string } }, actions }).createMachine({
      context: ({ input }) => input,
    })
    const definition = defineSaga({
      name: 'ids',
      version: 1,
      startedBy: tripPlanned,
      commands: [],
      machine,
      context: ({ tripId }, { sagaId }) => ({ id: `${tripId}/${sagaId}` }),
    })
    expect(begin(definition).state.context).toEqual({ id: 'trip-1/saga-1' })
  })

  it.each([
    ['a Date', { at: new Date(0) }, 'context.at is a Date'],
    ['a Map', { rooms: new Map() }, 'context.rooms is a Map'],
    ['NaN', { price: Number.NaN }, 'context.price is NaN, which JSON turns into null'],
    ['a bigint in a list', { list: [1, 2n] }, 'context.list[1] is of type bigint'],
    ['nothing in a list', { list: [undefined] }, 'context.list[0] is of type undefined'],
    ['a function', { call: () => 1 }, 'context.call is of type function'],
  ])('refuses a context with %s, which JSON would change in silence', (_, context, fault) => {
    expect(() => begin(silentSaga({}, context))).toThrow(fault)
  })

  it('throws what the context builder throws', () => {
    const definition = defineTrip(
      {},
      {
        context: () => {
          throw new RangeError('no trip')
        },
      },
    )
    expect(() => begin(definition)).toThrow('no trip')
  })
})

describe('an event', () => {
  it('moves the saga, stops the deadline of the state it leaves and starts that of the next', () => {
    const { state, messages, startTimers, stopTimers, outcome } = hear(begin().state, 'room.booked.v1', 'first-0')
    expect(outcome).toEqual({ kind: 'moved', from: 'bookingRoom', to: 'bookingFlight' })
    expect(messages.map(({ id, said }) => [id, said.type])).toEqual([['room.booked.v1-0', 'flight.book.v1']])
    expect(stopTimers).toEqual([{ name: 'roomDeadline', arm: 1 }])
    expect(startTimers).toEqual([{ name: 'flightDeadline', arm: 2, delayMs: 2000, guards: true }])
    expect(state.waiting.map(({ type }) => type)).toEqual(['flight.book.v1'])
    expect(state.armed).toEqual({ flightDeadline: 2 })
  })

  it('gives the same step for the same state and input, also when the state came from storage', () => {
    const { state } = begin()
    expect(hear(stored(state), 'room.booked.v1', 'first-0')).toEqual(hear(state, 'room.booked.v1', 'first-0'))
  })

  it('changes nothing in the state it is given', () => {
    const { state } = begin()
    const before = JSON.stringify(state)
    hear(state, 'room.booked.v1', 'first-0')
    fire(state, 'roomDeadline')
    expect(JSON.stringify(state)).toBe(before)
  })

  it('is noted when the chart says why it changes nothing', () => {
    const { state } = hear(begin().state, 'room.booked.v1', 'first-0')
    const { outcome, ...rest } = hear(state, 'room.booked.v1', 'first-0')
    expect(outcome).toEqual({ kind: 'noted', note: 'the room is booked, or being given back' })
    expect(rest).toEqual({ state, messages: [], startTimers: [], stopTimers: [] })
  })

  it('is ignored with the reason when nothing expects it', () => {
    const { state } = begin()
    expect(hear(state, 'weather.changed.v1').outcome).toEqual({
      kind: 'ignored',
      why: 'unexpected',
      reason: `nothing in "bookingRoom" expects 'weather.changed.v1'`,
    })
    expect(hear(state, 'weather.changed.v1').state).toBe(state)
  })

  it.each(['xstate.after.roomDeadline.trip.bookingRoom', 'xstate.done.state.trip', 'operator.skip', '*', ''])(
    'is refused when its type is reserved: %s',
    (type) => {
      const { state } = begin()
      const result = hear(state, type)
      expect(result.outcome.kind).toBe('refused')
      expect(result.state).toBe(state)
    },
  )

  it('is ignored once the saga has ended, and leaves no timer and nothing waiting', () => {
    const ended = hear(begin().state, 'room.full.v1', 'first-0')
    expect(ended.state).toMatchObject({ status: 'done', armed: {}, waiting: [] })
    expect(ended.stopTimers).toEqual([{ name: 'roomDeadline', arm: 1 }])
    expect(hear(ended.state, 'room.booked.v1').outcome).toMatchObject({ kind: 'ignored', why: 'ended' })
    expect(fire(ended.state, 'roomDeadline', 1).outcome).toMatchObject({ kind: 'ignored', why: 'ended' })
  })

  it('throws what an assign throws, as the same input would throw again', () => {
    const broken = silentSaga({
      on: {
        'x.happened.v1': {
          actions: assign(() => {
            throw new RangeError('broken')
          }),
        },
      },
    })
    const { state } = begin(broken)
    expect(() => hear(state, 'x.happened.v1', undefined, broken)).toThrow('broken')
  })

  it('may not put into the context what JSON would change', () => {
    const dated = silentSaga({ on: { 'x.happened.v1': { actions: assign({ at: () => new Date(0) }) } } })
    expect(() => hear(begin(dated).state, 'x.happened.v1', undefined, dated)).toThrow('context.at is a Date')
  })

  it('cannot make states follow one another without end', () => {
    const circle = silentSaga({
      initial: 'still',
      states: { still: { on: { 'x.happened.v1': 'a' } }, a: { always: 'b' }, b: { always: 'a' } },
    })
    expect(() => hear(begin(circle).state, 'x.happened.v1', undefined, circle)).toThrow('Infinite loop')
  })
})
