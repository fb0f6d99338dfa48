import { describe, expect, it } from 'vitest'
import { type AnyMachineSnapshot, type AnyStateMachine, assign, createMachine, raise } from 'xstate'
import { type ChartEvent, comparable, type Driver, driver, publicDriver, restore, reusedDriver } from './drive.ts'
import type { SagaState } from './state.ts'

const counter = { n: ({ context }: { context: { n: number } }) => context.n + 1 }
const say = (text: string) => ({ type: 'send', params: ({ context }: { context: object }) => ({ text, context }) })

/** Charts that between them use everything a saga may use; letters are the events tried in every order. */
const charts: Record<string, { machine: AnyStateMachine; events: string[]; depth: number }> = {
  'a flat chart with timers, entry and exit actions': {
    machine: createMachine({
      id: 'flat',
      context: { n: 0 },
      initial: 'one',
      states: {
        one: {
          entry: say('one'),
          exit: say('bye'),
          on: { A: 'two', B: { actions: say('stay') } },
          after: { 5: 'three' },
        },
        two: {
          on: { A: { target: 'two', reenter: true, actions: assign(counter) }, B: 'one' },
          after: { 7: 'one', 9: 'three' },
        },
        three: { type: 'final', entry: say('end') },
      },
    }),
    events: ['A', 'B', 'xstate.after.5.flat.one', 'xstate.after.7.flat.two', 'xstate.after.9.flat.two', 'unknown'],
    depth: 4,
  },
  'guards, always and raised events': {
    machine: createMachine({
      id: 'guarded',
      context: ({ input }: { input: { n: number } }) => ({ n: input.n }),
      initial: 'idle',
      states: {
        idle: {
          on: {
            A: { target: 'busy', actions: [assign(counter), raise({ type: 'INNER' })] },
            B: { guard: ({ context }) => context.n > 2, target: 'over' },
          },
        },
        busy: {
          always: { guard: ({ context }) => context.n > 3, target: 'over' },
          on: { INNER: { actions: say('inner') }, A: 'idle', C: { target: 'idle', actions: assign(counter) } },
        },
        over: { always: { target: 'done', actions: say('over') } },
        done: { type: 'final' },
      },
    }),
    events: ['A', 'B', 'C', 'INNER'],
    depth: 5,
  },
  'parallel regions that finish by themselves': {
    machine: createMachine({
      id: 'par',
      context: { n: 0 },
      initial: 'work',
      states: {
        work: {
          type: 'parallel',
          on: { X: 'aborted' },
          onDone: { target: 'after', actions: say('both') },
          states: {
            left: {
              initial: 'on',
              states: {
                on: { entry: say('left'), on: { A: 'off' }, after: { 3: 'on2' } },
                on2: { on: { A: 'off' } },
                off: { type: 'final' },
              },
            },
            right: {
              initial: 'on',
              states: {
                on: { entry: say('right'), on: { A: { actions: assign(counter) }, B: 'off' } },
                off: { type: 'final' },
              },
            },
          },
        },
        after: { on: { A: 'work' }, after: { 4: 'aborted' } },
        aborted: { type: 'final', entry: say('aborted') },
      },
    }),
    events: ['A', 'B', 'X', 'xstate.after.3.par.work.left.on', 'xstate.after.4.par.after'],
    depth: 5,
  },
  'deep and shallow history': {
    machine: createMachine({
      id: 'hist',
      context: { n: 0 },
      initial: 'main',
      states: {
        main: {
          initial: 'a',
          on: { PAUSE: 'paused' },
          states: {
            a: { on: { A: 'b' } },
            b: {
              initial: 'b1',
              states: { b1: { on: { A: 'b2' } }, b2: { entry: say('b2'), after: { 2: '#hist.main.a' } } },
            },
            deep: { type: 'history', history: 'deep' },
            shallow: { type: 'history', history: 'shallow' },
          },
        },
        paused: { on: { DEEP: 'main.deep', SHALLOW: 'main.shallow', A: { actions: assign(counter) } } },
      },
    }),
    events: ['A', 'PAUSE', 'DEEP', 'SHALLOW', 'xstate.after.2.hist.main.b.b2'],
    depth: 5,
  },
  'parallel regions with history inside': {
    machine: createMachine({
      id: 'mix',
      context: { n: 0 },
      type: 'parallel',
      states: {
        one: {
          initial: 'x',
          states: {
            x: {
              on: { A: 'y' },
              initial: 'x1',
              states: { x1: { on: { B: 'x2' } }, x2: {}, back: { type: 'history', history: 'deep' } },
            },
            y: { on: { A: 'x.back' } },
          },
        },
        two: {
          initial: 'p',
          states: {
            p: { on: { B: 'q' }, after: { 6: 'q' } },
            q: { on: { B: { target: 'p', actions: assign(counter) } } },
          },
        },
      },
    }),
    events: ['A', 'B', 'xstate.after.6.mix.two.p'],
    depth: 5,
  },
}

const thawed = (machine: AnyStateMachine, snapshot: AnyMachineSnapshot): AnyMachineSnapshot => {
  const stored = JSON.parse(JSON.stringify(machine.getPersistedSnapshot(snapshot))) as SagaState
  const historyValue = Object.keys(stored.historyValue ?? {}).length > 0 ? { historyValue: stored.historyValue } : {}
  return restore(machine, { ...stored, ...historyValue } as SagaState)
}

const compareAll = (machine: AnyStateMachine, events: readonly string[], depth: number, one: Driver, other: Driver) => {
  let compared = 0
  const walk = (here: AnyMachineSnapshot, there: AnyMachineSnapshot, left: number) => {
    for (const type of events) {
      const event: ChartEvent = { type }
      const [a, b] = [one.move(machine, here, event), other.move(machine, there, event)]
      expect(comparable(a)).toBe(comparable(b))
      expect(a.snapshot === here).toBe(b.snapshot === there)
      compared += 1
      if (left > 1 && a.snapshot.status === 'active') walk(a.snapshot, b.snapshot, left - 1)
    }
  }
  const [a, b] = [one.start(machine, { n: 0 }), other.start(machine, { n: 0 })]
  expect(comparable(a)).toBe(comparable(b))
  walk(a.snapshot, b.snapshot, depth)
  return compared
}

describe('the reused scope', () => {
  it('is what runs sagas with this version of XState', () => {
    expect(driver).toBe(reusedDriver)
  })

  for (const [name, { machine, events, depth }] of Object.entries(charts)) {
    it(`does the same as the public functions on every sequence of ${depth} events: ${name}`, () => {
      expect(compareAll(machine, events, depth, reusedDriver, publicDriver)).toBeGreaterThan(100)
    })

    it(`does the same when the state is stored as JSON between events: ${name}`, () => {
      const storing: Driver = {
        start: reusedDriver.start,
        move: (m, snapshot, event) => {
          const back = thawed(m, snapshot)
          const driven = reusedDriver.move(m, back, event)
          return driven.snapshot === back ? { ...driven, snapshot } : driven
        },
      }
      expect(compareAll(machine, events, depth, storing, publicDriver)).toBeGreaterThan(100)
    })
  }

  it('throws what a context factory throws, as a saga cannot start from an error', () => {
    const machine = createMachine({
      context: () => {
        throw new RangeError('no context')
      },
    })
    for (const each of [reusedDriver, publicDriver]) expect(() => each.start(machine, {})).toThrow('no context')
  })

  it('throws what an assign throws, and works again afterwards', () => {
    const machine = createMachine({
      context: { n: 0 },
      on: {
        bad: {
          actions: assign(() => {
            throw new RangeError('bad assign')
          }),
        },
        good: { actions: say('well') },
      },
    })
    const { snapshot } = reusedDriver.start(machine, {})
    expect(() => reusedDriver.move(machine, snapshot, { type: 'bad' })).toThrow('bad assign')
    expect(reusedDriver.move(machine, snapshot, { type: 'good' }).performed).toHaveLength(1)
  })
})
