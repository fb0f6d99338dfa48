import { describe, expect, it } from 'vitest'
import { assign, setup } from 'xstate'
import { begin, fire, hear } from '../test/steps.ts'
import { asks, defineTrip, event, ofTrip, type TripContext, tripParts, tripPlanned } from '../test/trip.ts'
import { actions, command, defineSaga } from './index.ts'

describe('an answer', () => {
  const freeing = () => fire(begin().state, 'roomDeadline')
  const again = () => fire(freeing().state, 'freeDeadline')

  it('counts as a refusal only for the attempt that waits now', () => {
    const { state } = again()
    expect(hear(state, 'room.kept.v1', 'roomDeadline-0').outcome).toMatchObject({
      kind: 'ignored',
      why: 'earlier-attempt',
    })
    expect(hear(state, 'room.kept.v1').outcome).toMatchObject({ kind: 'ignored', why: 'names-no-command' })
    expect(hear(state, 'room.kept.v1', 'freeDeadline-0').outcome.kind).toBe('moved')
  })

  it('counts as a success whichever attempt it names', () => {
    for (const cause of ['roomDeadline-0', 'freeDeadline-0', 'somebody-else', undefined]) {
      expect(hear(again().state, 'room.freed.v1', cause).outcome).toMatchObject({ kind: 'moved', to: 'dropped' })
    }
  })

  it('ends the wait, also when the chart only notes it', () => {
    const noting = defineTrip({ bookingRoom: { ...tripParts.bookingRoom, on: { 'room.full.v1': 'dropped' } } })
    const result = hear(begin(noting).state, 'room.booked.v1', 'first-0', noting)
    expect(result.outcome.kind).toBe('noted')
    expect(result.state.waiting).toEqual([])
  })

  it('of a withdrawn command does not count as a refusal', () => {
    expect(hear(freeing().state, 'room.full.v1', 'first-0').outcome).toMatchObject({ why: 'earlier-attempt' })
  })

  it('that two commands may get ends only the wait of the one it names', () => {
    const both = event('both.done.v1')
    const [left, right] = [asks('left.do.v1', [both]), asks('right.do.v1', [both])]
    const machine = setup({ types: {} as { context: TripContext; input: TripContext }, actions }).createMachine({
      context: ({ input }) => input,
      entry: [command(left, ofTrip), command(right, ofTrip)],
      on: { 'both.done.v1': { actions: assign({ tries: 1 }) } },
    })
    const definition = defineSaga({
      name: 'both',
      version: 1,
      startedBy: tripPlanned,
      commands: [left, right],
      context: ({ tripId }) => ({ tripId, tries: 0 }),
      machine,
    })
    const { state } = begin(definition)
    const waiting = (cause?: string) => hear(state, 'both.done.v1', cause, definition).state.waiting.map(({ id }) => id)
    expect(waiting('first-1')).toEqual(['first-0'])
    expect(waiting('unknown')).toEqual(['first-0', 'first-1'])
  })
})

describe('a command', () => {
  it('that is said again takes the place of its earlier attempt', () => {
    const once = fire(begin().state, 'roomDeadline')
    const twice = fire(once.state, 'freeDeadline')
    expect(once.state.waiting.map(({ id }) => id)).toEqual(['roomDeadline-0'])
    expect(twice.state.waiting.map(({ id }) => id)).toEqual(['freeDeadline-0'])
  })

  it('whose undo is said is withdrawn', () => {
    expect(begin().state.waiting.map(({ type }) => type)).toEqual(['room.book.v1'])
    expect(fire(begin().state, 'roomDeadline').state.waiting.map(({ type }) => type)).toEqual(['room.free.v1'])
  })
})
