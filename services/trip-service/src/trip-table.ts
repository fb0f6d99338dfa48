import { type Message, type RowRef, type Rows, type Table, table } from '@skald/messaging'

/** HELD, or never will be: REFUSED when it was asked for, RELEASED when its undo came. */
export type PlaceStatus = 'HELD' | 'REFUSED' | 'RELEASED'

export interface Approval {
  readonly status: 'PENDING' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN'
  readonly reason?: string
  /** The command that a decision answers, as it came; no more when it is answered. */
  readonly asked?: { readonly message: Message; readonly digest: string }
}

/** All that is known of a trip. Null is what nothing has come about yet. */
export interface Trip {
  readonly trip_id: string
  readonly flight: PlaceStatus | null
  readonly hotel: PlaceStatus | null
  readonly approval: Approval | null
  readonly updated_at: number
}

export const trips: Table<Trip> = table<Trip>({
  name: 'trip',
  key: 'trip_id',
  columns: { trip_id: 'text', flight: 'json', hotel: 'json', approval: 'json', updated_at: 'time' },
})

export const tripRow = ({ tripId }: { readonly tripId: string }): readonly RowRef[] => [{ table: trips, key: tripId }]

/** Writes down what is new about a trip, whether it is known or not. */
export const change = (rows: Rows, tripId: string, nowMs: number, news: Partial<Trip>): void => {
  const known = rows.get(trips, tripId) ?? { trip_id: tripId, flight: null, hotel: null, approval: null }
  rows.put(trips, { ...known, ...news, updated_at: nowMs })
}
