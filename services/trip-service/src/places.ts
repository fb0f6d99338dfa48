import { flight, hotel } from '@skald/contracts'
import { handle, type Rows } from '@skald/messaging'
import { change, type PlaceStatus, tripRow, trips } from './trip-table.ts'

/** The flight and the hotel of everybody who wants to see a refusal. */
const FULL = 'sim_full'

type What = 'flight' | 'hotel'

/** Asked again, also by another command, it says what it said first; after its undo it holds nothing any more. */
const hold = (rows: Rows, what: What, asked: { tripId: string; name: string }, nowMs: number): PlaceStatus => {
  const known = rows.get(trips, asked.tripId)?.[what]
  if (known) return known
  const status = asked.name === FULL ? 'REFUSED' : 'HELD'
  change(rows, asked.tripId, nowMs, { [what]: status })
  return status
}

/** The undo, whether what it undoes came before, comes later or never. */
const release = (rows: Rows, what: What, tripId: string, nowMs: number): void => {
  if (rows.get(trips, tripId)?.[what] !== 'REFUSED') change(rows, tripId, nowMs, { [what]: 'RELEASED' })
}

const whyNot = (status: PlaceStatus): string => (status === 'REFUSED' ? 'full' : 'released before')

export const reserveFlight = handle(flight.reserve, {
  rows: tripRow,
  decide: (asked, rows, { nowMs }) => {
    const { tripId } = asked
    const status = hold(rows, 'flight', asked, nowMs)
    return status === 'HELD' ? flight.reserved({ tripId }) : flight.refused({ tripId, reason: whyNot(status) })
  },
})

export const releaseFlight = handle(flight.release, {
  rows: tripRow,
  decide: ({ tripId }, rows, { nowMs }) => {
    release(rows, 'flight', tripId, nowMs)
    return flight.released({ tripId })
  },
})

export const reserveHotel = handle(hotel.reserve, {
  rows: tripRow,
  decide: (asked, rows, { nowMs }) => {
    const { tripId } = asked
    const status = hold(rows, 'hotel', asked, nowMs)
    return status === 'HELD' ? hotel.reserved({ tripId }) : hotel.refused({ tripId, reason: whyNot(status) })
  },
})

export const releaseHotel = handle(hotel.release, {
  rows: tripRow,
  decide: ({ tripId }, rows, { nowMs }) => {
    release(rows, 'hotel', tripId, nowMs)
    return hotel.released({ tripId })
  },
})
