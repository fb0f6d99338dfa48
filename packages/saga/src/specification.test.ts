import { describe, expect, it } from 'vitest'
import { defineTrip, flightBooked, roomBooked, roomFree, roomKept, tripPlanned } from '../test/trip.ts'
import { fractionOf, personSays, specification, timerPasses } from './index.ts'

const tripId = 'trip-1'
const trip = specification(defineTrip())
const planned = trip.given(tripPlanned({ tripId }))

describe('a specification', () => {
  it('shows the saga after what happened', () => {
    const { step, ...observed } = planned.when(roomBooked({ tripId }))
    expect(observed).toEqual({
      state: 'bookingFlight',
      status: 'RUNNING',
      says: [{ type: 'flight.book.v1', subject: tripId, data: { tripId } }],
      timers: ['flightDeadline'],
      waitsFor: ['flight.book.v1'],
      outcome: 'moved',
      because: '',
    })
    expect(step.startTimers).toHaveLength(1)
  })

  it('answers the attempt that waits, unless told which', () => {
    const freeing = planned.given(timerPasses('roomDeadline'))
    expect(freeing.when(roomKept({ tripId })).state).toBe('pausing')
    expect(freeing.when({ ...roomKept({ tripId }), answers: 'other' })).toMatchObject({ outcome: 'ignored' })
  })

  it('passes timers and says what people say', () => {
    const stuck = planned.given(roomBooked({ tripId })).when(timerPasses('flightDeadline'))
    expect(stuck).toMatchObject({ state: 'needsPerson', status: 'NEEDS_ATTENTION' })
    expect(planned.when(personSays('retry'))).toMatchObject({ outcome: 'ignored' })
  })

  it('does not change what it was given, so that stories can branch', () => {
    planned.given(roomBooked({ tripId })).when(flightBooked({ tripId }))
    expect(planned.when(timerPasses('roomDeadline')).says).toEqual([roomFree({ tripId })])
  })

  it('refuses to pass a timer that does not run, and to start with anything but an event', () => {
    expect(() => planned.when(timerPasses('freeBackoff'))).toThrow(
      "timer 'freeBackoff' does not run; running: roomDeadline",
    )
    expect(() => trip.when(timerPasses('roomDeadline'))).toThrow("a saga starts with an event: 'trip.planned.v1'")
  })
})

describe('a fraction of a text', () => {
  it('depends on the text alone and spreads neighbours over the whole range', () => {
    const all = Array.from({ length: 1000 }, (_, index) => fractionOf(`saga-1/refund/${index}`))
    expect(fractionOf('saga-1/refund/0')).toBe(all[0])
    expect(Math.min(...all)).toBeLessThan(0.02)
    expect(Math.max(...all)).toBeGreaterThan(0.98)
    for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
      expect(all.filter((share) => share >= tenth && share < tenth + 0.1).length).toBeGreaterThan(60)
    }
  })
})
