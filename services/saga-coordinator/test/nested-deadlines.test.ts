import { flight, hotel, tripApproved, tripRequested } from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { coordinating, NUDGE_MS } from './coordinating.ts'

/* A step's deadline inside that of the whole saga: each of them asks once more before it fires. */

const APPROVE_SECONDS = 60
const BOOK_SECONDS = 120

const tripId = 't1'
const request = { tripId, traveller: 'Ada', flight: 'SK-1', hotel: 'grand', approveWithinSeconds: APPROVE_SECONDS }

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

const state = () => c.saga()?.state?.value
const saidOf = (type: string) => c.said().find((said) => said.type === type)

/** Gives the command that asks the person. */
const toApproval = async (bookWithinSeconds: number): Promise<{ readonly id: string }> => {
  await c.tell(tripRequested({ ...request, bookWithinSeconds }))
  c.said()
  await c.tell(flight.reserved({ tripId }))
  await c.tell(hotel.reserved({ tripId }))
  expect(state()).toEqual({ booking: 'awaitingApproval' })
  const asked = saidOf('trip.approve.v1')
  if (!asked) throw new Error('nobody was asked')
  return asked
}

describe('a deadline inside another one', () => {
  it.each([
    ['the approval', BOOK_SECONDS, APPROVE_SECONDS],
    ['the whole trip', APPROVE_SECONDS / 2, APPROVE_SECONDS / 2],
  ])('%s: asks once more before it fires, and fires when that is not answered either', async (_what, book, dueIn) => {
    const asked = await toApproval(book)
    c.pass(dueIn * 1_000 + 1)
    await c.wake()
    expect(state()).toEqual({ booking: 'awaitingApproval' })
    expect(c.said()).toMatchObject([{ id: asked.id, repeat: 1 }])

    c.pass(NUDGE_MS)
    await c.wake()
    expect(state()).toEqual({ withdrawing: 'asking' })
    expect(c.said()).toMatchObject([{ type: 'trip.withdraw-approval.v1' }])
  })

  it('does not fire when the last question is answered', async () => {
    const asked = await toApproval(BOOK_SECONDS)
    c.pass(APPROVE_SECONDS * 1_000 + 1)
    await c.wake()
    await c.tell(tripApproved({ tripId }), { causationId: asked.id })
    expect(c.saga()).toMatchObject({ status: 'COMPLETED', state: { value: 'booked' } })
  })
})
