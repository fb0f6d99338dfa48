import { describe, expect, it } from 'vitest'
import { begin, fire, hear, silentSaga, trip } from '../test/steps.ts'
import { deadlineFor } from './timers.ts'

describe('a timer', () => {
  it('passes once, and is not among those that are stopped then', () => {
    const fired = fire(begin().state, 'roomDeadline')
    expect(fired.outcome).toMatchObject({ from: 'bookingRoom', to: 'freeingRoom' })
    expect(fired.stopTimers).toEqual([])
    expect(fire(fired.state, 'roomDeadline', 1).outcome).toMatchObject({ kind: 'ignored', why: 'stale-timer' })
  })

  it('of an earlier arm does nothing, although the state is entered again and waits for the same event', () => {
    const once = fire(begin().state, 'roomDeadline').state
    const twice = fire(once, 'freeDeadline').state
    expect(twice.armed['freeDeadline']).toBe((once.armed['freeDeadline'] ?? 0) + 1)
    expect(fire(twice, 'freeDeadline', once.armed['freeDeadline']).outcome).toMatchObject({ why: 'stale-timer' })
    expect(fire(twice, 'freeDeadline').outcome.kind).toBe('moved')
  })

  it('that a state stops and starts in one step gets a new arm', () => {
    const again = silentSaga(
      {
        initial: 'a',
        states: { a: { on: { 'x.happened.v1': { target: 'a', reenter: true } }, after: { soon: 'b' } }, b: {} },
      },
      {},
      { soon: 7 },
    )
    const result = hear(begin(again).state, 'x.happened.v1', undefined, again)
    expect(result.stopTimers).toEqual([{ name: 'soon', arm: 1 }])
    expect(result.startTimers).toEqual([{ name: 'soon', arm: 2, delayMs: 7, guards: false }])
  })

  it('that starts and stops within one step never existed', () => {
    const brief = silentSaga({
      initial: 'still',
      states: { still: { on: { 'x.happened.v1': 'a' } }, a: { after: { 5: 'still' }, always: 'b' }, b: {} },
    })
    const result = hear(begin(brief).state, 'x.happened.v1', undefined, brief)
    expect(result).toMatchObject({ startTimers: [], stopTimers: [], state: { value: 'b', armed: {} } })
  })

  it('is a deadline while a command of its state is unanswered, and a pause otherwise', () => {
    const freeing = fire(begin().state, 'roomDeadline')
    const pausing = hear(freeing.state, 'room.kept.v1', 'roomDeadline-0')
    expect(freeing.startTimers).toMatchObject([{ name: 'freeDeadline', guards: true }])
    expect(pausing.startTimers).toMatchObject([{ name: 'freeBackoff', delayMs: 10, guards: false }])
    expect(deadlineFor(trip, freeing.state, 'room.free.v1')).toBe('freeDeadline')
    expect(deadlineFor(trip, pausing.state, 'room.free.v1')).toBeUndefined()
  })

  it('is named by its delay, and by its state too when two states use the same delay', () => {
    const states = { a: { after: { soon: 'b' } }, b: { after: { soon: 'a', 5: 'a' } } }
    const named = silentSaga({ initial: 'a', states }, {}, { soon: 7 })
    expect([...named.chart.timers.keys()]).toEqual(['soon.a', '5ms', 'soon.b'])
  })

  it('may not have a delay that is no number of milliseconds', () => {
    const bad = silentSaga({ initial: 'a', states: { a: { after: { soon: 'b' } }, b: {} } }, {}, { soon: Number.NaN })
    expect(() => begin(bad)).toThrow("timer 'soon' was given a delay of NaN")
  })
})
