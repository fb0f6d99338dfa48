import { derivedId } from '@skald/messaging'
import { type SagaState, type StepResult, start, step } from '@skald/saga'
import { orderSaga } from '@skald/saga-coordinator'
import { describe, expect, it } from 'vitest'
import { type SlimEntry, shapeOf } from './history-shape.ts'
import { type Entry, replay } from './replay.ts'

const definition = orderSaga({ stepTimeoutMs: 1, undoAttempts: 1, undoBackoffMs: 1 })
const amount = { amount: 2_000, currency: 'EUR' }

interface Told {
  readonly type: string
  readonly data?: unknown
  /** The type of the command that it answers. */
  readonly answers?: string
}

/** The history of a saga that was told these, as the coordinator writes it. */
const historyOf = (orderId: string, tolds: readonly Told[]): readonly Entry[] => {
  const sent = new Map<string, string>()
  let state: SagaState | undefined
  return tolds.map(({ type, data = { orderId }, answers }, index): Entry => {
    const messageId = `${orderId}/${index}`
    const causationId = answers === undefined ? null : (sent.get(answers) ?? 'none')
    const idOf = (ordinal: number) => derivedId(messageId, ordinal)
    const result = told({ type, data, causationId, idOf })
    for (const { id, said } of result.messages) sent.set(said.type, id)
    state = result.state
    const saidTypes = result.messages.map(({ said }) => said.type)
    const toState = JSON.stringify(state.value)
    return { seq: index + 1, messageId, type, causationId, input: data, toState, saidTypes }
  })

  function told(
    input: Pick<Entry, 'type' | 'causationId'> & { data: unknown; idOf: (n: number) => string },
  ): StepResult {
    const { type, data, idOf } = input
    const event = { kind: 'event', type, data, causationId: input.causationId ?? undefined, idOf } as const
    if (!state) return start(definition, { ...event, sagaId: `saga of ${orderId}` })
    if (type !== 'operator.skip') return step(definition, state, event)
    return step(definition, state, { kind: 'operator', action: 'skip', reason: 'paid by hand', idOf })
  }
}

const created = (orderId: string): Told => ({
  type: 'order.created.v1',
  data: { orderId, customerId: 'ada', items: [{ sku: 'tea', quantity: 2, price: amount }], total: amount },
})

const untilRefundFails = (orderId: string): Told[] => [
  created(orderId),
  { type: 'inventory.reserved.v1', answers: 'inventory.reserve.v1' },
  { type: 'order.cancel-requested.v1' },
  { type: 'payment.refund-failed.v1', data: { orderId, amount, reason: 'closed' }, answers: 'payment.refund.v1' },
]

const slim = ({ seq, messageId, type, causationId, toState, saidTypes }: Entry): SlimEntry => [
  seq,
  messageId,
  type,
  causationId,
  '',
  toState,
  saidTypes,
  null,
]
const shape = (entries: readonly Entry[]): string =>
  shapeOf({ saga_id: 's', definition: 'order', version: 1, revision: entries.length, entries: entries.map(slim) })

describe('a replay', () => {
  it('tells what a person settled by hand, with the amount', () => {
    const entries = historyOf('o1', [
      ...untilRefundFails('o1'),
      { type: 'operator.skip', data: { reason: 'paid by hand' } },
      { type: 'inventory.released.v1', answers: 'inventory.release.v1' },
      { type: 'order.cancelled.v1', data: { orderId: 'o1', reason: 'x' }, answers: 'order.cancel.v1' },
    ])

    const { fault, skipped } = replay(() => definition, 1, 'saga of o1', entries)

    expect(fault).toBeUndefined()
    expect(skipped).toEqual([expect.objectContaining({ effect: 'payment.refund', amount })])
  })

  it('takes a skip where nobody was asked for nothing settled', () => {
    const entries = historyOf('o1', [created('o1'), { type: 'operator.skip', data: { reason: 'too early' } }])

    expect(replay(() => definition, 1, 's', entries)).toEqual({ fault: undefined, skipped: [] })
  })

  it('follows a saga to another version, and takes what it is there from the entry that moved it', () => {
    const [start] = historyOf('o1', [created('o1')])
    if (!start) throw new Error('a saga starts')
    const state = { value: 'takingPayment', context: {}, status: 'active', armed: {}, arms: 0, waiting: [] }
    const input = { from: 1, to: 2, state }
    const moved: Entry = {
      ...start,
      seq: 2,
      messageId: 'm',
      type: 'operator.migrate',
      input,
      toState: '"takingPayment"',
      saidTypes: [],
    }
    const asked: number[] = []
    const find = (version: number) => {
      asked.push(version)
      return definition
    }
    expect(replay(find, 2, 's', [start, moved, { ...moved, seq: 3, type: 'operator.pause' }])).toEqual({
      fault: undefined,
      skipped: [],
    })
    expect(asked).toEqual([1, 1, 2])
    expect(replay(find, 2, 's', [start, { ...moved, toState: '"refunding"' }]).fault).toContain(
      'entry 2 (operator.migrate)',
    )
  })

  it('passes over timers that were moved, and over nothing else that it does not know', () => {
    const [start] = historyOf('o1', [created('o1')])
    if (!start) throw new Error('a saga starts')
    const entry = { ...start, seq: 2, input: { actionId: 'a', timers: [] }, saidTypes: [] }
    for (const action of ['move-timer', 'cancel-timer', 'shift-timers']) {
      const moved: Entry = { ...entry, messageId: action, type: `operator.${action}` }
      expect(replay(() => definition, 1, 's', [start, moved])).toEqual({ fault: undefined, skipped: [] })
      expect(replay(() => definition, 1, 's', [start, { ...moved, toState: '"refunding"' }]).fault).toContain('entry 2')
    }
  })

  it('takes a pause before the start, which holds it back', () => {
    const [start] = historyOf('o1', [created('o1')])
    if (!start) throw new Error('a saga starts')
    const paused: Entry = { ...start, type: 'operator.pause', input: {}, toState: 'null', saidTypes: [] }
    expect(replay(() => definition, 1, 's', [paused, { ...start, seq: 2 }]).fault).toBeUndefined()
  })

  it('names the entry that the definition cannot take', () => {
    const entries = historyOf('o1', [created('o1')]).map((entry) => ({ ...entry, input: null }))

    expect(replay(() => definition, 1, 's', entries).fault).toMatch(
      /^entry 1 \(order.created.v1\): the definition cannot take it/,
    )
  })
})

describe('the shape of a history', () => {
  it('is the same for another order that went the same way', () => {
    expect(shape(historyOf('o1', untilRefundFails('o1')))).toBe(shape(historyOf('o2', untilRefundFails('o2'))))
  })

  it('is another one when the same events answer other commands', () => {
    const [first, second, third, last] = untilRefundFails('o1')
    if (!first || !second || !third || !last) throw new Error('a story of four')

    expect(shape(historyOf('o1', [first, second, third, { ...last, answers: 'payment.charge.v1' }]))).not.toBe(
      shape(historyOf('o1', [first, second, third, last])),
    )
  })
})
