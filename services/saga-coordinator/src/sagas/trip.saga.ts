import { flight, hotel, tripApprove, tripRequested, tripWithdrawApproval } from '@skald/contracts'
import { type Definition, defineSaga, note } from '@skald/saga'
import { held, type TripSagaOptions, type TripSetup, tripSetup, undone } from './trip-steps.ts'
import {
  askPerson,
  releaseFlight,
  releaseHotel,
  reserveFlight,
  reserveHotel,
  type TripContext,
  withdraw,
} from './trip-words.ts'

/*
 * A trip: reserve the flight and the hotel at the same time, then ask a person. What is refused, late or cancelled undoes
 * all of it, the last thing first: the question to the person, then both reservations.
 */

const because = (reason?: string) => ({ type: 'because' as const, params: reason === undefined ? {} : { reason } })

/** What was asked for last is undone first. */
const undoneFromHere = (reason?: string) => [
  { guard: 'isPersonAsked' as const, target: 'withdrawing' as const, actions: because(reason) },
  { target: 'releasing' as const, actions: because(reason) },
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

const question = ({ context: { traveller, flight: to, hotel: at } }: { context: TripContext }) => ({
  effect: 'trip.approve',
  reason: `may ${traveller} take ${to} and stay at ${at}?`,
})

const chart = (trip: TripSetup) =>
  trip.createMachine({
    id: 'trip',
    context: ({ input }) => input,
    initial: 'booking',
    on: lateEvents,
    states: {
      booking: {
        initial: 'reserving',
        on: { 'operator.cancel': undoneFromHere() },
        after: { tripDeadline: undoneFromHere('not booked in time') },
        states: {
          reserving: {
            type: 'parallel',
            states: {
              flight: held(trip, reserveFlight, 'trip.flight-reserved.v1'),
              hotel: held(trip, reserveHotel, 'trip.hotel-reserved.v1'),
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
            entry: askPerson,
            meta: { person: question },
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
