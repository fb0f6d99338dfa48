import type { SimDatabase } from '@skald/testing/simulation'
import { type Trip, trips } from '@skald/trip-service'

/** From what to what a place may change, by whatever comes in whatever order: what was undone or refused is never held. */
const PLACES: readonly string[] = ['null HELD', 'null REFUSED', 'null RELEASED', 'HELD RELEASED']
const APPROVALS: readonly string[] = [
  'null PENDING',
  'null WITHDRAWN',
  'PENDING APPROVED',
  'PENDING REJECTED',
  'PENDING WITHDRAWN',
  'APPROVED WITHDRAWN',
]

/** Looks at trips after each commit of trip-service. */
export class TripWatch {
  /** Changes of what is held that must not be. */
  readonly wrong: string[] = []
  /** Questions to a person that were left open. */
  readonly #asked = new Set<string>()
  readonly #known = new Map<string, Trip>()

  constructor(database: SimDatabase) {
    database.onCommit = (tables) => {
      if (tables.includes(trips.name)) for (const trip of database.memory.rows(trips)) this.#look(trip)
    }
  }

  /** Whether a question to a person was taken: left open, or withdrawn by what came in one transaction with it. */
  hasTaken(id: string, tripId: string): boolean {
    return this.#asked.has(id) || this.#known.get(tripId)?.approval?.status === 'WITHDRAWN'
  }

  #look(trip: Trip): void {
    const before = this.#known.get(trip.trip_id)
    if (before === trip) return
    this.#known.set(trip.trip_id, trip)
    if (trip.approval?.asked) this.#asked.add(trip.approval.asked.message.id)
    const changes = [
      { what: 'flight', may: PLACES, from: before?.flight, to: trip.flight },
      { what: 'hotel', may: PLACES, from: before?.hotel, to: trip.hotel },
      { what: 'approval', may: APPROVALS, from: before?.approval?.status, to: trip.approval?.status },
    ]
    for (const { what, may, from = null, to = null } of changes) {
      if (from !== to && !may.includes(`${from} ${to}`)) this.wrong.push(`${what} of ${trip.trip_id}: ${from} to ${to}`)
    }
  }
}
