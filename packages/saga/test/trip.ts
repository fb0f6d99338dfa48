import { assign, setup } from 'xstate'
import {
  actions,
  type CommandContract,
  command,
  type Definition,
  defineSaga,
  type MessageContract,
  note,
  type SagaConfig,
  type Said,
} from '../src/index.ts'

/* A trip: book a room, then a flight; without a flight the room is given back. Small enough to be broken on purpose. */

export interface TripData {
  readonly tripId: string
}

export const event = (type: string): MessageContract<TripData> & ((data: TripData) => Said) =>
  Object.assign((data: TripData) => ({ type, subject: data.tripId, data }), { type })

export const asks = (
  type: string,
  success: readonly MessageContract[],
  failure: readonly MessageContract[] = [],
  undoes?: MessageContract,
): CommandContract<TripData> => Object.assign(event(type), { replies: { success, failure }, undoes })

export const tripPlanned = event('trip.planned.v1')
export const tripDropped = event('trip.dropped.v1')
export const roomBooked = event('room.booked.v1')
export const roomFull = event('room.full.v1')
export const roomFreed = event('room.freed.v1')
export const roomKept = event('room.kept.v1')
export const flightBooked = event('flight.booked.v1')
export const flightFull = event('flight.full.v1')
export const roomBook = asks('room.book.v1', [roomBooked], [roomFull])
export const roomFree = asks('room.free.v1', [roomFreed], [roomKept], roomBook)
export const flightBook = asks('flight.book.v1', [flightBooked], [flightFull])

export const ofTrip = ({ tripId }: TripContext) => ({ tripId })

export interface TripContext extends Record<string, unknown> {
  readonly tripId: string
  readonly tries: number
}

export const trip = setup({
  types: {} as { context: TripContext; input: TripContext },
  actions: {
    ...actions,
    countTry: assign({ tries: ({ context }) => context.tries + 1 }),
    forgetTries: assign({ tries: 0 }),
  },
  guards: { mayTryAgain: ({ context }) => context.tries < 2 },
  delays: {
    roomDeadline: 1000,
    flightDeadline: 2000,
    freeDeadline: 3000,
    freeBackoff: ({ context }) => 10 * context.tries,
  },
})

const late = (text: string) => ({ actions: note(text) })

/** The parts of a sound chart; a test replaces one to plant a fault. */
export const tripParts = {
  root: {
    'room.booked.v1': late('the room is booked, or being given back'),
    'room.freed.v1': late('known already'),
    'flight.booked.v1': late('known already'),
    'trip.dropped.v1': late('too late to drop the trip'),
  },
  bookingRoom: trip.createStateConfig({
    entry: command(roomBook, ofTrip),
    on: { 'room.booked.v1': 'bookingFlight', 'room.full.v1': 'dropped', 'trip.dropped.v1': 'freeingRoom' },
    after: { roomDeadline: 'freeingRoom' },
  }),
  bookingFlight: trip.createStateConfig({
    entry: command(flightBook, ofTrip),
    on: { 'flight.booked.v1': 'booked', 'flight.full.v1': 'freeingRoom' },
    after: { flightDeadline: 'needsPerson' },
  }),
  freeingRoom: trip.createStateConfig({
    tags: 'compensating',
    entry: [{ type: 'countTry' }, command(roomFree, ofTrip)],
    on: {
      'room.freed.v1': 'dropped',
      'room.kept.v1': [{ guard: 'mayTryAgain', target: 'pausing' }, { target: 'roomStays' }],
    },
    after: { freeDeadline: [{ guard: 'mayTryAgain', target: 'freeingRoom', reenter: true }, { target: 'roomStays' }] },
  }),
  pausing: trip.createStateConfig({
    tags: 'compensating',
    on: { 'room.freed.v1': 'dropped' },
    after: { freeBackoff: 'freeingRoom' },
  }),
  roomStays: trip.createStateConfig({
    tags: 'attention',
    meta: { person: () => ({ effect: 'room.free', reason: 'the hotel keeps the room' }) },
    on: {
      'room.freed.v1': 'dropped',
      'room.kept.v1': { actions: note('the hotel still keeps the room') },
      'operator.retry': { target: 'freeingRoom', actions: 'forgetTries' },
      'operator.skip': 'dropped',
    },
  }),
  needsPerson: trip.createStateConfig({
    tags: 'attention',
    meta: { person: () => ({ effect: 'flight.book', reason: 'the airline is silent' }) },
    on: { 'flight.booked.v1': 'booked', 'flight.full.v1': 'freeingRoom' },
  }),
  booked: trip.createStateConfig({ type: 'final' }),
  dropped: trip.createStateConfig({ type: 'final', tags: 'compensated' }),
}

type Parts = typeof tripParts
/** Any state may be replaced by any other. */
export type Changes = { readonly [Part in keyof Parts]?: object }

export const tripMachine = (changes: Changes = {}) => {
  const { root, ...states } = { ...tripParts, ...changes } as Parts
  return trip.createMachine({
    id: 'trip',
    context: ({ input }) => input,
    initial: 'bookingRoom',
    on: root,
    states,
  })
}

export const defineTrip = (
  changes: Changes = {},
  config: Partial<SagaConfig<ReturnType<typeof tripMachine>, TripData>> = {},
): Definition =>
  defineSaga({
    name: 'trip',
    version: 1,
    startedBy: tripPlanned,
    listensTo: [tripDropped],
    commands: [roomBook, flightBook, roomFree],
    context: ({ tripId }) => ({ tripId, tries: 0 }),
    machine: tripMachine(changes),
    ...config,
  })
