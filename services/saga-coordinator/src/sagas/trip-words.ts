import {
  type DataOf,
  flight,
  hotel,
  type tripApprovalWithdrawn,
  tripApprove,
  type tripApproved,
  type tripRejected,
  type tripRequested,
  tripWithdrawApproval,
} from '@skald/contracts'
import { command, type EventOf, type OperatorEvent, type SendAction } from '@skald/saga'

/* What the trip saga remembers, says and hears. The chart is in trip.saga.ts. */

export type TripContext = DataOf<typeof tripRequested> & {
  /** Why the trip is being undone. */
  readonly reason?: string
}

type OfPlace<Place extends typeof flight | typeof hotel> =
  | EventOf<Place['reserved']>
  | EventOf<Place['refused']>
  | EventOf<Place['released']>

export type TripEvent =
  | OfPlace<typeof flight>
  | OfPlace<typeof hotel>
  | EventOf<typeof tripApproved>
  | EventOf<typeof tripRejected>
  | EventOf<typeof tripApprovalWithdrawn>
  | OperatorEvent

const ofTrip = ({ tripId }: TripContext) => ({ tripId })
export const reserveFlight = command(flight.reserve, ({ tripId, flight: name }: TripContext) => ({ tripId, name }))
export const reserveHotel = command(hotel.reserve, ({ tripId, hotel: name }: TripContext) => ({ tripId, name }))
export const askPerson = command(tripApprove, ({ tripId, traveller }: TripContext) => ({ tripId, traveller }))

/** A step that must succeed in the end: what asks for it, and what says that it is done. */
export interface Undo {
  /** The name under which a person knows it: the command's type without its version. */
  readonly effect: string
  readonly ask: SendAction<TripContext>
  readonly done: TripEvent['type']
}

export const withdraw: Undo = {
  effect: 'trip.withdraw-approval',
  ask: command(tripWithdrawApproval, ofTrip),
  done: 'trip.approval-withdrawn.v1',
}
export const releaseFlight: Undo = {
  effect: 'trip.release-flight',
  ask: command(flight.release, ofTrip),
  done: 'trip.flight-released.v1',
}
export const releaseHotel: Undo = {
  effect: 'trip.release-hotel',
  ask: command(hotel.release, ofTrip),
  done: 'trip.hotel-released.v1',
}

/** Why the trip is undone, from the event that decided it. */
export const reasonOf = (event: TripEvent): string => {
  if ('data' in event && 'reason' in event.data) return `${event.type}: ${event.data.reason}`
  return 'reason' in event ? `cancelled by an operator: ${event.reason}` : 'not booked'
}
