import {
  type DataOf,
  flight,
  hotel,
  type tripApprovalWithdrawn,
  tripApprove,
  type tripApproved,
  type tripRejected,
  tripRequested,
  tripWithdrawApproval,
} from '@skald/contracts'
import { actions, command, type Definition, defineSaga, type EventOf, note, type OperatorEvent } from '@skald/saga'
import { assign, setup, stateIn } from 'xstate'
import { undone } from './trip-undoing.ts'

/*
 * A trip: reserve the flight and the hotel at the same time, then ask a person. What is refused, late or cancelled undoes
 * all of it, the last thing first: the question to the person, then both reservations.
 */

export interface TripSagaOptions {
  /** How long a reservation, and an undo, waits for its reply. */
  readonly stepTimeoutMs: number
}

export type TripContext = DataOf<typeof tripRequested> & {
  /** Why the trip is being undone. */
  readonly reason?: string
}

type Heard<Place extends typeof flight | typeof hotel> =
  | EventOf<Place['reserved']>
  | EventOf<Place['refused']>
  | EventOf<Place['released']>

export type TripEvent =
  | Heard<typeof flight>
  | Heard<typeof hotel>
  | EventOf<typeof tripApproved>
  | EventOf<typeof tripRejected>
  | EventOf<typeof tripApprovalWithdrawn>
  | OperatorEvent

const APPROVE_WITHIN_SECONDS = 3_600
const BOOK_WITHIN_SECONDS = 86_400

const tripSetup = ({ stepTimeoutMs }: TripSagaOptions) =>
  setup({
    types: {} as { context: TripContext; input: TripContext; events: TripEvent },
    actions: {
      ...actions,
      because: assign({
        reason: ({ context, event }, { reason }: { reason?: string }) => context.reason ?? reason ?? reasonOf(event),
      }),
    },
    guards: { isPersonAsked: stateIn({ booking: 'awaitingApproval' }) },
    delays: {
      reserveDeadline: stepTimeoutMs,
      undoDeadline: stepTimeoutMs,
      approvalDeadline: ({ context }) => (context.approveWithinSeconds ?? APPROVE_WITHIN_SECONDS) * 1_000,
      tripDeadline: ({ context }) => (context.bookWithinSeconds ?? BOOK_WITHIN_SECONDS) * 1_000,
    },
  })

export type TripSetup = ReturnType<typeof tripSetup>

/** Why the trip is undone, from the event that decided it. */
const reasonOf = (event: TripEvent): string => {
  if ('data' in event && 'reason' in event.data) return `${event.type}: ${event.data.reason}`
  return 'reason' in event ? `cancelled by an operator: ${event.reason}` : 'not booked'
}

const because = (reason?: string) => ({ type: 'because' as const, params: reason === undefined ? {} : { reason } })

const ofTrip = ({ tripId }: TripContext) => ({ tripId })
const reserveFlight = command(flight.reserve, ({ tripId, flight: name }: TripContext) => ({ tripId, name }))
const reserveHotel = command(hotel.reserve, ({ tripId, hotel: name }: TripContext) => ({ tripId, name }))
const askPerson = command(tripApprove, ({ tripId, traveller }: TripContext) => ({ tripId, traveller }))

const withdraw = {
  effect: 'trip.withdraw-approval',
  ask: command(tripWithdrawApproval, ofTrip),
  done: 'trip.approval-withdrawn.v1',
} as const
const releaseFlight = {
  effect: 'trip.release-flight',
  ask: command(flight.release, ofTrip),
  done: 'trip.flight-released.v1',
} as const
const releaseHotel = {
  effect: 'trip.release-hotel',
  ask: command(hotel.release, ofTrip),
  done: 'trip.hotel-released.v1',
} as const

/** The last thing that was asked for is undone first. */
const undoneFromHere = (actions: ReturnType<typeof because>) => [
  { guard: 'isPersonAsked' as const, target: 'withdrawing' as const, actions },
  { target: 'releasing' as const, actions },
]

/** What may still arrive, or arrive again, wherever the saga is by then. */
const lateEvents = {
  'trip.flight-reserved.v1': { actions: note('a flight that is held late, or said twice: its release is asked for') },
  'trip.hotel-reserved.v1': { actions: note('a hotel that is held late, or said twice: its release is asked for') },
  'trip.flight-released.v1': { actions: note('the release was known already') },
  'trip.hotel-released.v1': { actions: note('the release was known already') },
  'trip.approved.v1': { actions: note('approved too late: the trip is being undone') },
  'trip.approval-withdrawn.v1': { actions: note('nobody is asked any more') },
}

const chart = (trip: TripSetup) =>
  trip.createMachine({
    id: 'trip',
    context: ({ input }) => input,
    initial: 'booking',
    on: lateEvents,
    states: {
      booking: {
        initial: 'reserving',
        on: { 'operator.cancel': undoneFromHere(because()) },
        after: { tripDeadline: undoneFromHere(because('not booked in time')) },
        states: {
          reserving: {
            type: 'parallel',
            states: {
              flight: {
                initial: 'asking',
                states: {
                  asking: { entry: reserveFlight, on: { 'trip.flight-reserved.v1': 'held' } },
                  held: { type: 'final' },
                },
              },
              hotel: {
                initial: 'asking',
                states: {
                  asking: { entry: reserveHotel, on: { 'trip.hotel-reserved.v1': 'held' } },
                  held: { type: 'final' },
                },
              },
            },
            on: {
              'trip.flight-refused.v1': { target: '#trip.releasing', actions: because() },
              'trip.hotel-refused.v1': { target: '#trip.releasing', actions: because() },
            },
            // What was not answered may be held all the same.
            after: {
              reserveDeadline: { target: '#trip.releasing', actions: because('a reservation was not answered') },
            },
            onDone: 'awaitingApproval',
          },
          awaitingApproval: {
            meta: {
              person: ({ context }: { context: TripContext }) => ({
                effect: 'trip.approve',
                reason: `may ${context.traveller} take ${context.flight} and stay at ${context.hotel}?`,
              }),
            },
            entry: askPerson,
            on: {
              'trip.approved.v1': '#trip.booked',
              'trip.rejected.v1': { target: '#trip.withdrawing', actions: because() },
            },
            after: { approvalDeadline: { target: '#trip.withdrawing', actions: because('not approved in time') } },
          },
        },
      },
      withdrawing: { tags: 'compensating', ...undone(trip, withdraw), onDone: 'releasing' },
      releasing: {
        tags: 'compensating',
        type: 'parallel',
        states: { flight: undone(trip, releaseFlight), hotel: undone(trip, releaseHotel) },
        onDone: 'cancelled',
      },
      booked: { type: 'final' },
      cancelled: { type: 'final', tags: 'compensated' },
    },
  })

export const tripSaga = (options: TripSagaOptions): Definition =>
  defineSaga({
    name: 'trip',
    version: 1,
    startedBy: tripRequested,
    startsOnRequest: true,
    commands: [flight.reserve, hotel.reserve, tripApprove, tripWithdrawApproval, flight.release, hotel.release],
    pointOfNoReturn: 'booked',
    machine: chart(tripSetup(options)),
  })
