import { id, reason } from '@skald/contracts'
import type { Ask, Request } from '@skald/host'
import { type Http, Problem, problemResponses } from '@skald/service'
import { z } from 'zod'
import { type Decide, decide } from './approval.ts'
import { type Trip, tripRow, trips } from './trip-table.ts'

const look: Request<{ readonly tripId: string }, Trip | undefined> = {
  type: 'request:look',
  rows: ({ data }) => tripRow(data).map((row) => ({ ...row, readOnly: true })),
  decide: ({ data: { tripId } }, rows) => ({ reply: rows.get(trips, tripId) }),
}

const params = z.strictObject({ tripId: id })
const place = z.enum(['HELD', 'REFUSED', 'RELEASED']).nullable()
const response = {
  200: z.strictObject({
    tripId: id,
    flight: place,
    hotel: place,
    approval: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN']).nullable(),
  }),
  ...problemResponses('trip-not-found', 'trip-not-asked', 'unavailable'),
}

export const tripRoutes = (http: Http, ask: Ask): void => {
  const view = async (tripId: string) => {
    const trip = await ask(look, { tripId }, { subject: tripId })
    if (!trip) throw new Problem('trip-not-found', { detail: `Nothing was asked about trip ${tripId} yet.` })
    const { flight, hotel, approval } = trip
    return { tripId, flight, hotel, approval: approval?.status ?? null }
  }
  const decided = async (decision: Decide) => {
    const { tripId } = decision
    const answer = await ask(decide, decision, { subject: tripId })
    if (answer.kind === 'decided') return view(tripId)
    const detail = answer.found
      ? `The approval of trip ${tripId} is ${answer.found}.`
      : `Trip ${tripId} asks for none yet.`
    throw new Problem('trip-not-asked', { detail })
  }

  http.get('/trips/:tripId', { schema: { summary: 'What is held for a trip', params, response } }, (request) =>
    view(request.params.tripId),
  )
  http.post(
    '/trips/:tripId/approve',
    { schema: { summary: 'Agrees to a trip', params, response } },
    ({ params: { tripId } }) => decided({ tripId, status: 'APPROVED' }),
  )
  http.post(
    '/trips/:tripId/reject',
    { schema: { summary: 'Refuses a trip', params, body: z.strictObject({ reason }), response } },
    ({ params: { tripId }, body }) => decided({ tripId, status: 'REJECTED', reason: body.reason }),
  )
}
