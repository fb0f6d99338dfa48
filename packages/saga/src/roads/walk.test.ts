import { describe, expect, it } from 'vitest'
import { assign } from 'xstate'
import {
  asks,
  type Changes,
  defineTrip,
  event,
  flightBook,
  ofTrip,
  roomBook,
  roomFree,
  tripParts,
} from '../../test/trip.ts'
import { assertRoads, command, note, printReport, type RoadFaultKind, walkRoads } from '../index.ts'

const start = { tripId: 'trip-1' }

const kindsOf = (changes: Changes, config: Parameters<typeof defineTrip>[1] = {}): RoadFaultKind[] =>
  walkRoads(defineTrip(changes, config), { start }).faults.map(({ kind }) => kind)

describe('the road walker', () => {
  it('finds no fault in a sound saga and says how much it walked', () => {
    const report = assertRoads(defineTrip(), { start })
    expect(report.worlds).toBeGreaterThan(100)
    expect(Object.keys(report.ended).sort()).toEqual(['COMPENSATED', 'COMPLETED'])
    expect(printReport(report)).toMatch(/^\d+ worlds, \d+ saga states, \d+ steps; ended: /)
  })

  it('finds an effect that silence leaves done', () => {
    const forgets = { ...tripParts.bookingRoom, after: { roomDeadline: 'dropped' } }
    const faults = walkRoads(defineTrip({ bookingRoom: forgets }), { start }).faults
    expect(faults.map(({ kind }) => kind)).toContain('unsettled-effect')
    expect(faults[0]?.road.map(({ happens }) => happens)).toEqual(['trip.planned.v1 arrives', 'roomDeadline passes'])
  })

  it('finds an effect that a refused later step leaves done', () => {
    const forgets = { ...tripParts.bookingFlight, on: { ...tripParts.bookingFlight.on, 'flight.full.v1': 'dropped' } }
    const { faults } = walkRoads(defineTrip({ bookingFlight: forgets }), { start })
    expect(faults.map(({ detail }) => detail)).toContain("the saga ends as compensated and 'room.book.v1' stays done")
  })

  it('finds a saga that ends without waiting for its undo', () => {
    const hurried = { ...tripParts.dropped, entry: command(roomFree, ofTrip) }
    const bookingRoom = { ...tripParts.bookingRoom, after: { roomDeadline: 'dropped' } }
    expect(kindsOf({ bookingRoom, dropped: hurried })).toContain('unsettled-effect')
  })

  it('finds an end without what belongs to it', () => {
    const skips = { ...tripParts.bookingRoom.on, 'room.booked.v1': 'booked' }
    const definition = defineTrip({ bookingRoom: { ...tripParts.bookingRoom, on: skips } })
    const ends = { COMPLETED: ['room.book.v1', 'flight.book.v1'] }
    expect(walkRoads(definition, { start, ends }).faults.map(({ detail }) => detail)).toEqual([
      "the saga ends as COMPLETED and 'flight.book.v1' is not done but 'none'",
    ])
    expect(walkRoads(defineTrip(), { start, ends }).faults).toEqual([])
  })

  it('finds a late success that no state knows', () => {
    const { 'room.booked.v1': _, ...root } = tripParts.root
    const { faults } = walkRoads(defineTrip({ root }), { start })
    expect(faults[0]).toMatchObject({ kind: 'unhandled-event' })
    expect(faults[0]?.detail).toContain("'room.booked.v1' can arrive and nothing in ")
    expect(faults[0]?.road.at(-1)?.happens).toBe('room.booked.v1 of room.book.v1 arrives')
  })

  it('finds an event from outside that a state does not know', () => {
    const { 'trip.dropped.v1': _, ...root } = tripParts.root
    expect(kindsOf({ root })).toContain('unhandled-event')
  })

  it('finds a refusal that the asking state does not know', () => {
    const { 'room.full.v1': _, ...on } = tripParts.bookingRoom.on
    expect(kindsOf({ bookingRoom: { ...tripParts.bookingRoom, on } })).toContain('unhandled-event')
  })

  it('finds a dead end', () => {
    const { after: _, ...endsDead } = tripParts.pausing
    const kinds = kindsOf({ pausing: endsDead })
    expect(kinds).toContain('dead-end')
  })

  it('finds a command that is waited for without a deadline', () => {
    const { after: _, ...patient } = tripParts.bookingRoom
    expect(kindsOf({ bookingRoom: patient })).toContain('no-deadline')
  })

  it('finds an undo past the point of no return', () => {
    expect(kindsOf({}, { pointOfNoReturn: 'bookingFlight' })).toContain('undone-past-no-return')
  })

  it('finds a point of no return that is passed after an undo was asked for', () => {
    const on = { ...tripParts.freeingRoom.on, 'flight.booked.v1': 'booked', 'room.booked.v1': 'booked' }
    const changes = { freeingRoom: { ...tripParts.freeingRoom, on } }
    expect(kindsOf(changes, { pointOfNoReturn: 'booked' })).toContain('undone-past-no-return')
  })

  it('finds attempts without an end, when nothing counts them', () => {
    const endless = {
      ...tripParts.freeingRoom,
      entry: command(roomFree, ofTrip),
      after: { freeDeadline: { target: 'freeingRoom', reenter: true } },
    }
    const { faults } = walkRoads(defineTrip({ freeingRoom: endless }), { start })
    expect(faults.map(({ kind }) => kind)).toContain('endless')
  })

  it('finds attempts without an end, when they are counted and never stopped', () => {
    const endless = { ...tripParts.freeingRoom, after: { freeDeadline: { target: 'freeingRoom', reenter: true } } }
    expect(kindsOf({ freeingRoom: endless })).toContain('endless')
  })

  it('lets a person try again for ever', () => {
    expect(kindsOf({})).not.toContain('endless')
  })

  it('reports what the chart throws, with the road to it', () => {
    const throws = assign(() => {
      throw new RangeError('no seats')
    })
    const on = { ...tripParts.bookingFlight.on, 'flight.full.v1': { target: 'freeingRoom', actions: throws } }
    const { faults } = walkRoads(defineTrip({ bookingFlight: { ...tripParts.bookingFlight, on } }), { start })
    expect(faults[0]).toMatchObject({ kind: 'broken' })
    expect(faults[0]?.detail).toContain('no seats')
  })

  it('stops at its bound and says so', () => {
    const { faults } = walkRoads(defineTrip(), { start, maxWorlds: 10 })
    expect(faults.map(({ kind }) => kind)).toContain('too-large')
  })

  it('prints the road to a fault, with what the saga says on the way', () => {
    const forgets = { ...tripParts.bookingRoom, after: { roomDeadline: 'dropped' } }
    expect(() => assertRoads(defineTrip({ bookingRoom: forgets }), { start })).toThrow(
      [
        "unsettled-effect: the saga ends and nobody knows whether 'room.book.v1' was done",
        '   1. trip.planned.v1 arrives -> bookingRoom  says room.book.v1',
        '   2. roomDeadline passes -> dropped',
      ].join('\n'),
    )
  })

  it('lets a saga end without the answer to a command whose every answer is only noted', () => {
    const mailSent = event('mail.sent.v1')
    const mailSend = asks('mail.send.v1', [mailSent])
    const booked = { ...tripParts.booked, entry: command(mailSend, ofTrip) }
    const commands = [roomBook, flightBook, roomFree, mailSend]
    const noted = { ...tripParts.root, 'mail.sent.v1': { actions: note('nobody waits for the mail') } }
    expect(kindsOf({ booked, root: noted }, { commands })).toEqual([])
    expect(kindsOf({ booked }, { commands })).toContain('unsettled-effect')
  })
})
