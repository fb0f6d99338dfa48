import type pg from 'pg'
import { byHand } from './endings.ts'
import type { Facts, SagaFact } from './facts.ts'

/** What trip-service believes of a trip; null is what nothing has come about. */
export interface TripFact {
  readonly trip_id: string
  readonly flight: string | null
  readonly hotel: string | null
  readonly approval: string | null
}

const TRIPS = `SELECT trip_id, flight::json #>> '{}' AS flight, hotel::json #>> '{}' AS hotel,
  approval::json ->> 'status' AS approval FROM trip`

export const readTrips = async (trip: pg.Client): Promise<ReadonlyMap<string, TripFact>> => {
  const { rows } = await trip.query<TripFact>(TRIPS)
  return new Map(rows.map((row) => [row.trip_id, row]))
}

const UNDONE: readonly (string | null)[] = [null, 'REFUSED', 'RELEASED', 'REJECTED', 'WITHDRAWN']

const fits = (status: string, { flight, hotel, approval }: TripFact): boolean =>
  status === 'COMPLETED'
    ? flight === 'HELD' && hotel === 'HELD' && approval === 'APPROVED'
    : [flight, hotel, approval].every((each) => UNDONE.includes(each))

const NOTHING = { flight: null, hotel: null, approval: null }
const EFFECTS = ['trip.release-flight', 'trip.release-hotel', 'trip.withdraw-approval']

/** All of an ended trip is held, or nothing of it. */
export function* unfitTrips(facts: Facts): Iterable<string> {
  const { trips, sagas } = facts
  if (!trips) return
  const ofTrips = new Map<string, SagaFact>()
  for (const saga of sagas.values()) if (saga.definition === 'trip') ofTrips.set(saga.order_id, saga)
  for (const [tripId, saga] of ofTrips) {
    const trip = trips.get(tripId) ?? { trip_id: tripId, ...NOTHING }
    if (!saga.ended || fits(saga.status, trip) || byHand(facts, saga, ...EFFECTS)) continue
    const { flight, hotel, approval } = trip
    yield `trip ${tripId}: flight ${flight}, hotel ${hotel}, approval ${approval}, its saga ${saga.saga_id} is ${saga.status}`
  }
  for (const { trip_id, flight, hotel } of trips.values()) {
    if ((flight === 'HELD' || hotel === 'HELD') && !ofTrips.has(trip_id))
      yield `trip ${trip_id} is held and has no saga`
  }
}
