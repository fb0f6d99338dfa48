import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { replayRows } from '../src/past/replay-rows.ts'
import { orderSaga } from '../src/sagas/order.saga.ts'
import type { HistoryRow, SagaRow } from '../src/store/saga-tables.ts'
import { NUDGE_MS, STEP_MS } from './coordinating.ts'

/*
 * Histories as they were written when they were recorded, and the sagas as they stood then. Code of today must come to the
 * same: else sagas that run would be stepped by another chart than their own. When this goes red, the chart needs a new
 * version; a history is never written anew.
 */

interface Recorded {
  readonly saga: SagaRow
  readonly steps: readonly HistoryRow[]
}

const FOLDER = new URL('./histories/', import.meta.url)
const recorded = readdirSync(FOLDER).map((file): [string, Recorded] => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  return [file.replace('.json', ''), JSON.parse(text) as Recorded]
})
const byName = (name: string): Recorded => {
  const [, found] = recorded.find(([each]) => each === name) ?? []
  if (!found) throw new Error(`${name} was not recorded`)
  return found
}

/** As they were recorded with. */
const definition = orderSaga({ stepTimeoutMs: STEP_MS, undoAttempts: 3, undoBackoffMs: 1_000 })
const patience = { nudgeAfterMs: NUDGE_MS, stuckAfterMs: 60_000, serviceLevels: [], alerts: false }
const replayed = ({ saga, steps }: Recorded, seq = steps.length) =>
  replayRows(() => definition, saga, steps.slice(0, seq), patience)

test.each(recorded)('%s goes today as it went then, to the same saga', (_name, history) => {
  const { status, state, timers, revision, updated_at, ended_at } = history.saga
  expect(replayed(history)).toMatchObject({ status, state, timers, revision, updated_at, ended_at })
  expect(definition.hash).toBe(history.saga.hash)
})

describe('a saga after an entry of its history', () => {
  it('is as it was then: its context, what it waited for, and its times', () => {
    const history = byName('refund-refused-and-skipped')
    const refused = history.steps.findIndex(({ type }) => type === 'payment.refund-failed.v1') + 1
    const { at } = history.steps[refused - 1] as HistoryRow
    expect(replayed(history, refused)).toMatchObject({
      status: 'COMPENSATING',
      state: { value: { refunding: 'backingOff' }, context: { tries: { refund: { refused: 1 } } } },
      timers: [{ name: 'refundBackoff', startedAtMs: at }],
      revision: refused,
      ended_at: null,
    })
    expect(replayed(history, refused + 1)).toMatchObject({ state: { value: { refunding: 'asking' } } })
  })

  it('is paused in between, with its times as they stood', () => {
    const history = byName('paused-in-between')
    const [first] = history.steps
    const dueAtMs = (first?.at ?? 0) + STEP_MS
    expect(replayed(history, 2)).toMatchObject({ status: 'PAUSED', timers: [{ name: 'stockDeadline', dueAtMs }] })
    const pausedMs = (history.steps[2]?.at ?? 0) - (history.steps[1]?.at ?? 0)
    expect(replayed(history, 3)).toMatchObject({ status: 'RUNNING', timers: [{ dueAtMs: dueAtMs + pausedMs }] })
  })
})

describe('a saga whose timers were moved', () => {
  it('had them when they were due then, whatever their lengths are today', () => {
    const history = byName('timers-moved')
    const dueAtMs = (history.steps[0]?.at ?? 0) + STEP_MS + 3_600_000
    expect(replayed(history, 2)).toMatchObject({ timers: [{ name: 'stockDeadline', dueAtMs }] })
    expect(replayed(history, 4)).toMatchObject({ timers: [{ dueAtMs: dueAtMs + 10_000 }] })
    expect(replayed(history, 5)).toMatchObject({ state: { value: 'reservingStock' }, timers: [] })
    const movedAtMs = history.steps.at(-1)?.at
    expect(replayed(history)).toMatchObject({ timers: [{ name: 'paymentDeadline', arm: 2, dueAtMs: movedAtMs }] })
  })
})

describe('a history that today goes another way', () => {
  const history = byName('declined')
  const withStep = (seq: number, change: Partial<HistoryRow>): Recorded => ({
    ...history,
    steps: history.steps.map((step) => (step.seq === seq ? { ...step, ...change } : step)),
  })

  it.each([
    ['another state', { to_state: 'completing' }, 'leads to {"releasingStock":"asking"}, it led to "completing"'],
    ['another command', { outputs: [] }, 'makes it say [{"type":"inventory.release.v1"'],
    [
      'a timer that never ran',
      { type: 'timer.refundBackoff', input: { name: 'refundBackoff', arm: 1 } },
      'is not taken',
    ],
    ['data that the chart cannot read', { type: 'payment.failed.v1', input: null }, 'cannot be taken'],
  ] as const)('is told by its first entry that differs: %s', (_what, change, text) => {
    expect(replayed(withStep(3, change))).toEqual({ seq: 3, differs: expect.stringContaining(text) as string })
  })
})
