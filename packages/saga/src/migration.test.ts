import { describe, expect, it } from 'vitest'
import { data, ids, trip } from '../test/steps.ts'
import {
  asks,
  type Changes,
  defineTrip,
  event,
  flightBook,
  ofTrip,
  roomBook,
  roomFree,
  trip as setup,
  tripParts,
} from '../test/trip.ts'
import {
  command,
  type Definition,
  type Migration,
  mappingFaults,
  migrate,
  type PastStep,
  type SagaState,
  type StateMapping,
  start,
  step,
} from './index.ts'

/* Version 2 asks for a card check between room and flight. */

const cardChecked = event('card.checked.v1')
const cardCheck = asks('card.check.v1', [cardChecked])

const withCheck = (more: Changes & Readonly<Record<string, object>> = {}): Definition => {
  const bookingRoom = {
    ...tripParts.bookingRoom,
    on: { ...tripParts.bookingRoom.on, 'room.booked.v1': 'checkingCard' },
  }
  const checkingCard = setup.createStateConfig({
    entry: command(cardCheck, ofTrip),
    on: { 'card.checked.v1': 'bookingFlight' },
    after: { 4000: 'freeingRoom' },
  })
  return defineTrip({ bookingRoom, checkingCard, ...more } as Changes, {
    version: 2,
    commands: [roomBook, flightBook, roomFree, cardCheck],
  })
}

type Did = readonly [type: string, by?: 'timer']

/** A saga that went this way by the first version. */
const gone = (...way: readonly Did[]) => {
  const past: PastStep[] = []
  const note = (type: string, input: unknown, result: ReturnType<typeof step>): SagaState => {
    past.push({ type, data: input, said: result.messages.map(({ said }) => said), ...ids(type) })
    return result.state
  }
  const kind = 'event' as const
  let state = note(
    'trip.planned.v1',
    data,
    start(trip, { kind, type: 'trip.planned.v1', data, sagaId: 's', ...ids('trip.planned.v1') }),
  )
  for (const [type, by] of way) {
    const arm = state.armed[type] ?? 0
    state =
      by === 'timer'
        ? note(
            `timer.${type}`,
            { name: type, arm },
            step(trip, state, { kind: 'timer', timer: type, arm, ...ids(`timer.${type}`) }),
          )
        : note(type, data, step(trip, state, { kind, type, data, ...ids(type) }))
  }
  return { state, past }
}

const moved = (to: Definition, mapping: StateMapping, ...way: readonly Did[]): Migration =>
  migrate({ from: trip, to, mapping, sagaId: 's', ...gone(...way) })

const BOOKED: Did = ['room.booked.v1']

describe('a live saga in another version', () => {
  it('is safe where the other version would have done the same, and goes on with its own timers', () => {
    const migrated = moved(withCheck(), {})
    expect(migrated).toMatchObject({ kind: 'safe', state: { value: 'bookingRoom' }, startTimers: [] })
    const after = 'state' in migrated ? migrated.state : undefined
    expect(after?.waiting).toEqual(gone().state.waiting)
    expect(after?.armed).toEqual(gone().state.armed)
  })

  it('needs a mapping where the other version would have said something else: the step and both are named', () => {
    expect(moved(withCheck(), {}, BOOKED)).toEqual({
      kind: 'needs-mapping',
      states: ['bookingFlight'],
      difference: {
        seq: 2,
        what: 'after room.booked.v1 the saga said flight.book.v1; by version 2 it says card.check.v1',
      },
    })
  })

  it('goes on where the mapping says, with what it asked and with the timers that run', () => {
    const before = gone(BOOKED).state
    expect(moved(withCheck(), { bookingFlight: 'bookingFlight' }, BOOKED)).toMatchObject({
      kind: 'mapped',
      difference: { seq: 2 },
      state: { value: 'bookingFlight', waiting: before.waiting, armed: before.armed, context: before.context },
      startTimers: [],
    })
  })

  it('cannot be put where it would wait for an answer that it never asked for', () => {
    expect(moved(withCheck(), { bookingFlight: 'checkingCard' }, BOOKED)).toMatchObject({
      kind: 'impossible',
      why: ['checkingCard waits for the answer to card.check.v1, which this saga has not asked'],
    })
  })

  it('cannot be put into an end, or where there is no state', () => {
    expect(moved(withCheck(), { bookingFlight: 'booked' }, BOOKED)).toMatchObject({
      why: ['booked is an end, and the saga lives'],
    })
    expect(moved(withCheck(), { bookingFlight: 'flying' }, BOOKED)).toMatchObject({ why: ['there is no state flying'] })
  })

  it('starts the timers that only the other version has, and stops those that it has not', () => {
    const bookingFlight = { ...tripParts.bookingFlight, after: { 5000: 'needsPerson' } }
    const { state } = gone(BOOKED)
    expect(moved(withCheck({ bookingFlight }), { bookingFlight: 'bookingFlight' }, BOOKED)).toMatchObject({
      state: { armed: { '5000ms': state.arms + 1 }, arms: state.arms + 1 },
      startTimers: [{ name: '5000ms', arm: state.arms + 1, delayMs: 5_000, guards: true }],
    })
  })

  it('starts a deadline that the other version would have started long ago, where its history is the same', () => {
    const bookingRoom = { ...tripParts.bookingRoom, after: { 9000: 'freeingRoom' } }
    expect(moved(withCheck({ bookingRoom }), {})).toMatchObject({
      kind: 'safe',
      state: { armed: { '9000ms': 1 } },
      startTimers: [{ name: '9000ms', arm: 1, delayMs: 9_000 }],
    })
  })

  it('goes back to the version it came from by its history alone', () => {
    const { past } = gone(BOOKED)
    const there = moved(withCheck(), { bookingFlight: 'bookingFlight' }, BOOKED)
    const state = 'state' in there ? there.state : gone().state
    const migration: PastStep = { type: 'operator.migrate', data: {}, said: [], ...ids('migrate') }
    const back = migrate({ from: withCheck(), to: trip, mapping: {}, sagaId: 's', state, past: [...past, migration] })
    expect(back).toMatchObject({ kind: 'safe', state: gone(BOOKED).state })
  })

  it('is not safe when the same was said and it would be elsewhere', () => {
    const waiting = setup.createStateConfig({ on: { 'room.freed.v1': 'dropped' } })
    const roomStays = { ...tripParts.roomStays, always: 'waiting' }
    const way: Did[] = [
      ['roomDeadline', 'timer'],
      ['freeDeadline', 'timer'],
      ['freeDeadline', 'timer'],
    ]
    const to = withCheck({ roomStays, waiting })
    expect(moved(to, {}, ...way)).toMatchObject({
      kind: 'needs-mapping',
      difference: { seq: 4, what: 'the same was said, and it is at roomStays; by version 2 it is at waiting' },
    })
    expect(moved(to, { roomStays: 'waiting' }, ...way)).toMatchObject({ kind: 'safe', state: { value: 'waiting' } })
  })

  it('that the other version cannot even start needs a mapping', () => {
    const to = defineTrip({}, { version: 2, startedBy: event('trip.wished.v1') })
    expect(moved(to, {})).toMatchObject({
      kind: 'needs-mapping',
      difference: { seq: 1, what: expect.stringContaining("is started by 'trip.wished.v1'") },
    })
  })
})

it('a mapping that names what is not there is at fault, whatever the saga', () => {
  expect(mappingFaults(trip, withCheck(), { bookingRoom: 'checkingCard', lost: 'found' })).toEqual([
    'lost is no state of version 1',
    'found is no state of version 2',
  ])
})
