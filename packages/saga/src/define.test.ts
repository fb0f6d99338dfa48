import { describe, expect, it } from 'vitest'
import { and, assign, createMachine, emit, enqueueActions, log, raise, sendTo, setup, spawnChild } from 'xstate'
import {
  asks,
  defineTrip,
  event,
  ofTrip,
  roomBook,
  roomFree,
  tripDropped,
  tripParts,
  tripPlanned,
} from '../test/trip.ts'
import { actions, command, DefinitionError, defineSaga, describe as described, note } from './index.ts'

const doneWith = event('thing.done.v1')
const doThing = asks('thing.do.v1', [doneWith])
const send = command(doThing, (context: Readonly<Record<string, unknown>>) => ({ tripId: String(context['tripId']) }))

/** The faults of a one-state chart with one thing in it that does not belong there. */
const faultsOf = (state: object, root: object = {}, more: object = {}): readonly string[] => {
  const machine = setup({ actions, delays: { soon: 5 } }).createMachine({
    id: 'bad',
    context: { tripId: 'trip-1' },
    initial: 'here',
    ...root,
    states: { here: { entry: send, on: { 'thing.done.v1': 'over' }, ...state }, over: { type: 'final' } },
  })
  try {
    defineSaga({ name: 'bad', version: 1, startedBy: tripPlanned, commands: [doThing], machine, ...more })
    return []
  } catch (error) {
    return error instanceof DefinitionError ? error.faults : [String(error)]
  }
}

describe('a saga definition', () => {
  it('is accepted when everything in it can be run from rows in a table', () => {
    expect(faultsOf({})).toEqual([])
    expect(defineTrip().name).toBe('trip')
  })

  it.each([
    ['an invoked actor', { invoke: { src: 'fetch' } }, "state 'here' invokes an actor: ask with command"],
    ['a spawned actor', { entry: spawnChild('other') }, "state 'here' on entry uses xstate.spawnChild"],
    ['an event for another actor', { entry: sendTo('other', { type: 'x' }) }, 'uses xstate.sendTo'],
    ['an emitted event', { entry: emit({ type: 'x' }) }, 'uses xstate.emit'],
    ['a log', { entry: log('x') }, 'uses xstate.log'],
    ['actions queued by code', { entry: enqueueActions(() => undefined) }, 'uses xstate.enqueueActions'],
    ['an inline function', { exit: () => undefined }, "state 'here' on exit runs a function"],
    ['a named function', { exit: function pay() {} }, 'runs a function (pay)'],
    ['an unknown action', { entry: 'chargeCard' }, "runs the action 'chargeCard', which a saga cannot perform"],
    ['send without a contract', { entry: 'send' }, "runs 'send' without a contract: write command(contract, fill)"],
    ['a note without a text', { on: { 'thing.done.v1': { actions: { type: 'note' } } } }, "runs 'note' without a text"],
    ['a wildcard', { on: { '*': 'over' } }, "state 'here' on '*': a wildcard also catches timers"],
    ['a partial wildcard', { on: { 'thing.*': 'over' } }, "state 'here' on 'thing.*': a wildcard"],
    ['an event of XState', { on: { 'xstate.stop': 'over' } }, "types that begin with 'xstate.'"],
    ['an unknown delay', { after: { never: 'over' } }, "waits for the delay 'never'"],
    ['a later event without an id', { entry: raise({ type: 'x' }, { delay: 5 }) }, "raises 'x' later without an id"],
    ['an unknown guard', { on: { 'thing.done.v1': { guard: 'isRich', target: 'over' } } }, "asks the guard 'isRich'"],
    [
      'an unknown event',
      { on: { 'thing.dnoe.v1': 'over' } },
      "listens to 'thing.dnoe.v1', which no command's reply is",
    ],
    ['a person without a question', { tags: 'attention' }, "is tagged 'attention' without meta.person"],
  ])('is refused with %s', (_, state, fault) => {
    expect(faultsOf(state).join('\n')).toContain(fault)
  })

  it('is refused with a wildcard at the root', () => {
    expect(faultsOf({}, { on: { '*': '.over' } }).join()).toContain("the root on '*'")
  })

  it('is refused when the commands listed are not the commands said', () => {
    expect(faultsOf({}, {}, { commands: [] }).join('\n')).toContain("says 'thing.do.v1': list its contract in commands")
    expect(faultsOf({}, {}, { commands: [doThing, roomBook] })).toEqual([
      "lists 'room.book.v1' in commands and never says it",
    ])
  })

  it('is refused when nothing may answer a command', () => {
    expect(faultsOf({}, {}, { commands: [asks('thing.do.v1', [])] }).join()).toContain('which nothing may answer')
  })

  it('is refused when it listens to a type that never comes from outside', () => {
    const listensTo = [event('operator.retry')]
    expect(faultsOf({}, {}, { listensTo }).join()).toContain("declares 'operator.retry'")
  })

  it('is refused when the point of no return is no state', () => {
    expect(faultsOf({}, {}, { pointOfNoReturn: 'nowhere' }).join()).toContain(
      "names 'nowhere' as the point of no return",
    )
  })

  it('is refused with a name or a version that is none', () => {
    expect(faultsOf({}, {}, { name: 'Bad Name', version: 0 })).toHaveLength(2)
  })

  it('names all faults at once', () => {
    const faults = faultsOf({ entry: ['pay', send], invoke: { src: 'x' }, on: { '*': 'over' } })
    expect(faults).toHaveLength(3)
    expect(new DefinitionError('bad', faults).message).toMatch(/^saga 'bad' cannot be run:\n- .*\n- .*\n- /)
  })

  it('accepts assign, raise, a later event with an id, named assigns, notes and combined guards', () => {
    const machine = setup({
      actions: { ...actions, count: assign({ n: 1 }) },
      guards: { yes: () => true, no: () => false },
    }).createMachine({
      context: { tripId: 'trip-1', n: 0 },
      entry: [
        send,
        assign({ n: 2 }),
        raise({ type: 'inner' }),
        raise({ type: 'later' }, { id: 'reminder', delay: 10 }),
      ],
      on: {
        inner: { guard: and(['yes', 'no']), actions: 'count' },
        later: { actions: note('reminded') },
        'thing.done.v1': { guard: ({ context }) => context.n > 1, actions: note('done') },
      },
    })
    const definition = defineSaga({ name: 'fine', version: 1, startedBy: tripPlanned, commands: [doThing], machine })
    expect(described(definition).deadlines).toMatchObject([{ name: 'reminder', delay: 10 }])
  })

  it('leaves the machine it was given as it was', () => {
    const machine = createMachine({
      context: { tripId: 'trip-1' },
      entry: send,
      on: { 'thing.done.v1': { actions: note('x') } },
    })
    const before = machine.options.maxIterations
    defineSaga({ name: 'copy', version: 1, startedBy: tripPlanned, commands: [doThing], machine })
    expect(machine.options.maxIterations).toBe(before)
  })
})

describe("a definition's hash", () => {
  it('is the same for the same chart', () => {
    expect(defineTrip().hash).toBe(defineTrip().hash)
    expect(defineTrip().hash).toMatch(/^[0-9a-f]{16}$/)
  })

  it('changes with a target, a tag, a command, an event and a timer', () => {
    const { bookingRoom, pausing } = tripParts
    const changed = [
      defineTrip(),
      defineTrip({ bookingRoom: { ...bookingRoom, after: { roomDeadline: 'dropped' } } }),
      defineTrip({ bookingRoom: { ...bookingRoom, after: { flightDeadline: 'freeingRoom' } } }),
      defineTrip({ pausing: { ...pausing, tags: 'waiting' } }),
      defineTrip({ pausing: { ...pausing, entry: command(roomFree, ofTrip) } }),
      defineTrip({}, { listensTo: [tripDropped, doneWith] }),
    ]
    expect(new Set(changed.map(({ hash }) => hash)).size).toBe(changed.length)
  })

  it('does not change with the wording of a note', () => {
    const root = { ...tripParts.root, 'room.freed.v1': { actions: note('said otherwise') } }
    expect(defineTrip({ root }).hash).toBe(defineTrip().hash)
  })

  it('does not change with the lengths of delays that have names, which configuration may set', () => {
    const withDelay = (soon: number) => {
      const machine = setup({ actions, delays: { soon } }).createMachine({
        context: { tripId: 'trip-1' },
        initial: 'a',
        states: { a: { entry: send, after: { soon: 'b' }, on: { 'thing.done.v1': 'b' } }, b: { type: 'final' } },
      })
      return defineSaga({ name: 'd', version: 1, startedBy: tripPlanned, commands: [doThing], machine }).hash
    }
    expect(withDelay(1)).toBe(withDelay(2))
  })
})

describe('a description', () => {
  const description = described(defineTrip({}, { pointOfNoReturn: 'booked' }))

  it('is plain JSON with states, edges, commands, events and deadlines', () => {
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
    expect(description.commands).toContainEqual({
      type: 'room.free.v1',
      success: ['room.freed.v1'],
      failure: ['room.kept.v1'],
      undoes: 'room.book.v1',
    })
    expect(description.events).toContain('trip.dropped.v1')
    expect(description.states).toContainEqual({
      path: 'bookingRoom',
      type: 'atomic',
      parent: '',
      initial: true,
      tags: [],
      says: ['room.book.v1'],
    })
    expect(description.edges).toContainEqual({
      from: 'bookingRoom',
      to: ['freeingRoom'],
      on: 'roomDeadline',
      kind: 'timer',
      says: [],
    })
    expect(description.edges).toContainEqual(
      expect.objectContaining({ from: '', to: [], on: 'room.freed.v1', note: 'known already' }),
    )
  })

  it('tells a deadline from a pause', () => {
    const guards = Object.fromEntries(description.deadlines.map((timer) => [timer.name, timer.guards]))
    expect(guards).toEqual({
      roomDeadline: ['room.book.v1'],
      flightDeadline: ['flight.book.v1'],
      freeDeadline: ['room.free.v1'],
      freeBackoff: [],
    })
  })
})
