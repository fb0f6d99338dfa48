import { everySaga } from './every-saga.ts'
import type { OwnInvariant } from './own-invariants.ts'

/** A decision that comes so long before the deadline is in time, when nothing goes wrong. */
const IN_TIME_MS = 1_500

export const ownTripInvariants: Readonly<Record<string, OwnInvariant>> = {
  *'every trip that was started has one saga, the one that was answered'({ world, travellers }) {
    const ofTrips = everySaga(world).filter(({ definition }) => definition === 'trip')
    for (const { tripId, sagaId } of travellers.journeys) {
      const own = ofTrips.filter(({ business_key }) => business_key === tripId).map(({ saga_id }) => saga_id)
      if (own.length !== 1 || own[0] !== sagaId)
        yield `trip ${tripId} was answered with ${sagaId}, its sagas are: ${own.join(', ')}`
    }
    if (ofTrips.length > travellers.journeys.length)
      yield `${ofTrips.length} sagas of ${travellers.journeys.length} trips`
  },

  'no traveller is told two things': ({ travellers }) => travellers.complaints,

  'what a trip holds is held once and undone once': ({ world }) => world.trips.wrong,

  *'a trip ends as its places and whoever was asked let it'({ world, travellers, operator }) {
    const statuses = new Map(everySaga(world).map(({ saga_id, status }) => [saga_id, status]))
    for (const journey of travellers.journeys) {
      const { tripId, sagaId = '', decided, decisions, approveWithinSeconds, bookWithinSeconds } = journey
      const status = statuses.get(sagaId)
      const isFull = [journey.flight, journey.hotel].includes('sim_full')
      if (status === 'COMPLETED' && (isFull || !decided.has('APPROVED')))
        yield `trip ${tripId} is booked, and ${isFull ? 'it was full' : 'nobody was told that it is approved'}`
      if (decided.size > 1) yield `trip ${tripId} was approved and rejected`
      const [first, second] = decisions
      const timeMs = Math.min(approveWithinSeconds, bookWithinSeconds) * 1_000 - IN_TIME_MS
      const isPlain = first?.status === 'APPROVED' && !second && first.afterMs < timeMs && !isFull
      const isLeftAlone = !world.settings.hasFaults && !operator.touched.has(sagaId)
      if (isPlain && isLeftAlone && status !== 'COMPLETED') yield `trip ${tripId} is ${status} without any fault`
    }
  },
}
