/** What is said about trips, the second reference application, and what its saga asks of trip-service. */
import { z } from 'zod'
import { command, event } from './contract.ts'
import { id, name, reason, seconds } from './pieces.ts'

const trip = z.strictObject({ tripId: id })
const tripWithReason = z.strictObject({ tripId: id, reason })
const ofTrip = ({ tripId }: { readonly tripId: string }): string => tripId
const from = 'trip-service'
const asked = { from: 'saga-coordinator', to: 'trip-service' }

export const tripRequested = event(
  'trip.requested.v1',
  z.strictObject({
    tripId: id,
    traveller: name,
    flight: id.describe('`sim_full` is refused.'),
    hotel: id.describe('`sim_full` is refused.'),
    approveWithinSeconds: seconds.describe('How long its approval is waited for; an hour when left out.').optional(),
    bookWithinSeconds: seconds.describe('How long all of it may take; a day when left out.').optional(),
  }),
  { subject: ofTrip, from: 'saga-coordinator', about: 'Somebody wants a trip; its saga starts.' },
)

/** What is reserved of a flight or a hotel is said in the same words. */
const place = <const What extends 'flight' | 'hotel'>(what: What) => {
  const reserved = event(`trip.${what}-reserved.v1` as const, trip, {
    subject: ofTrip,
    from,
    about: `The ${what} is held for the trip.`,
  })
  const refused = event(`trip.${what}-refused.v1` as const, tripWithReason, {
    subject: ofTrip,
    from,
    about: `The ${what} is not held, and will not be.`,
  })
  const released = event(`trip.${what}-released.v1` as const, trip, {
    subject: ofTrip,
    from,
    about: `No ${what} is held for the trip, and a reservation that arrives late will be refused.`,
  })
  const reserve = command(`trip.reserve-${what}.v1` as const, z.strictObject({ tripId: id, name: id }), {
    subject: ofTrip,
    ...asked,
    about: `Hold the ${what}.`,
    replies: { success: [reserved], failure: [refused] },
  })
  const release = command(`trip.release-${what}.v1` as const, trip, {
    subject: ofTrip,
    ...asked,
    about: `Hold no ${what} any longer, whatever was held.`,
    replies: { success: [released], failure: [] },
    undoes: reserve,
  })
  return { reserve, reserved, refused, release, released }
}

export const flight = place('flight')
export const hotel = place('hotel')

export const tripApproved = event('trip.approved.v1', trip, {
  subject: ofTrip,
  from,
  about: 'A person agreed to the trip.',
})

export const tripRejected = event('trip.rejected.v1', tripWithReason, {
  subject: ofTrip,
  from,
  about: 'A person refused the trip, or was asked too late.',
})

export const tripApprovalWithdrawn = event('trip.approval-withdrawn.v1', trip, {
  subject: ofTrip,
  from,
  about: 'Nobody is asked about the trip any more; an approval that comes late is refused.',
})

export const tripApprove = command('trip.approve.v1', z.strictObject({ tripId: id, traveller: name }), {
  subject: ofTrip,
  ...asked,
  about: 'Ask a person whether the trip may be booked. It is answered when they decide.',
  replies: { success: [tripApproved], failure: [tripRejected] },
})

export const tripWithdrawApproval = command('trip.withdraw-approval.v1', trip, {
  subject: ofTrip,
  ...asked,
  about: 'Ask nobody any more, whatever was decided.',
  replies: { success: [tripApprovalWithdrawn], failure: [] },
  undoes: tripApprove,
})
