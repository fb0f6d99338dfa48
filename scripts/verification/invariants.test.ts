import { describe, expect, it } from 'vitest'
import { type Facts, type SagaFact, sagasIn } from './facts.ts'
import { invariants } from './invariants.ts'
import { unfitTrips } from './trips.ts'

interface Story {
  readonly saga: Pick<SagaFact, 'status' | 'ended' | 'state'>
  readonly order: string
  readonly reservation: string
  readonly payment: string
  readonly kept: number
  /** Effects that a person skipped. */
  readonly skipped?: readonly string[]
}

const TOTAL = 500

/** One order and all that is known of it. */
const factsOf = ({ saga, order, reservation, payment, kept, skipped = [] }: Story): Facts => {
  const ids = { order_id: 'o', saga_id: 's' }
  const fact: SagaFact = { ...ids, definition: 'order', version: 1, timers: '[]', ...saga }
  const held = reservation === 'HELD' ? 2 : 0
  return {
    orders: new Map([['o', { ...ids, status: order, total: TOTAL }]]),
    ...sagasIn([fact]),
    reservations: new Map([['o', { ...ids, status: reservation, items: [{ sku: 'tea', quantity: 2 }] }]]),
    payments: new Map([['o', { ...ids, status: payment }]]),
    ledger: new Map(kept === 0 ? [] : [['o', { ...ids, charged: kept, refunded: 0, charges: 1, refunds: 0 }]]),
    stock: [{ sku: 'tea', on_hand: reservation === 'COMMITTED' ? 8 : 10, reserved: held, adjusted: 10 }],
    openLetters: [],
    listedLetters: new Set(),
    auditFaults: [],
    histories: {
      gaps: [],
      breaks: [],
      illegal: [],
      settledByHand: new Map([['s', skipped.map((effect) => ({ effect, reason: 'refused 10 times' }))]]),
    },
  }
}

const brokenBy = (story: Story): readonly string[] =>
  Object.entries(invariants).flatMap(([name, holds]) => ([...holds(factsOf(story))].length > 0 ? [name] : []))

const ended = (status: string) => ({ status, ended: true, state: null })
const live = (status: string, value: unknown) => ({ status, ended: false, state: JSON.stringify({ value }) })

const done: Story = {
  saga: ended('COMPLETED'),
  order: 'CONFIRMED',
  reservation: 'COMMITTED',
  payment: 'CONFIRMED',
  kept: TOTAL,
}
const undone: Story = {
  saga: ended('COMPENSATED'),
  order: 'CANCELLED',
  reservation: 'RELEASED',
  payment: 'VOIDED',
  kept: 0,
}

describe('what a person settled by hand is left alone, and only that:', () => {
  const settled: readonly (readonly [effect: string, story: Story])[] = [
    ['payment.refund', { ...undone, payment: 'CONFIRMED', kept: TOTAL }],
    ['inventory.release', { ...undone, reservation: 'HELD' }],
    ['inventory.commit', { ...done, reservation: 'HELD' }],
    ['order.confirm', { ...done, order: 'PENDING' }],
    ['order.cancel', { ...undone, order: 'PENDING' }],
  ]

  it.each(settled)('%s', (effect, story) => {
    expect(brokenBy({ ...story, skipped: [effect] })).toEqual([])
    expect(brokenBy({ ...story, skipped: ['something.else'] })).not.toEqual([])
    expect(brokenBy(story)).not.toEqual([])
  })
})

describe('an order may be ahead of its saga by one step:', () => {
  const completing = live('NEEDS_ATTENTION', { completing: { stock: 'needsPerson', order: 'done' } })
  const cancelling = live('NEEDS_ATTENTION', { cancellingOrder: 'needsPerson' })
  const refunding = live('NEEDS_ATTENTION', { refunding: 'needsPerson' })
  const rows = [
    ['confirmed while its stock waits for a person', { ...done, saga: completing, reservation: 'HELD' }, []],
    ['cancelled while nobody has heard of it', { ...undone, saga: cancelling }, []],
    ['cancelled while it is to be confirmed', { ...undone, saga: completing }, ['order and saga ended alike']],
    ['confirmed while it is refunded', { ...done, saga: refunding }, ['order and saga ended alike']],
  ] as const

  it.each(rows)('%s', (_what, story, broken) => {
    expect(brokenBy(story)).toEqual(broken)
  })
})

describe('a saga that does not run any more', () => {
  it('may wait for a person', () => {
    const paused = {
      saga: live('PAUSED', 'takingPayment'),
      order: 'PENDING',
      reservation: 'HELD',
      payment: 'PENDING',
      kept: 0,
    }

    expect(brokenBy(paused)).toEqual([])
  })

  it('may not stand still by itself', () => {
    expect(brokenBy({ ...undone, saga: live('COMPENSATING', { cancellingOrder: 'asking' }) })).toEqual([
      'every saga has ended, or waits for a person',
    ])
  })
})

describe('a trip', () => {
  const EVERY = { flight: 'HELD', hotel: 'HELD', approval: 'APPROVED' }
  const NONE = { flight: 'RELEASED', hotel: 'REFUSED', approval: 'WITHDRAWN' }
  const NEVER = { flight: null, hotel: null, approval: null }

  it.each([
    ['booked and all of it held', ended('COMPLETED'), EVERY, 0],
    ['booked and one place not held', ended('COMPLETED'), { ...EVERY, hotel: 'RELEASED' }, 1],
    ['booked and not approved', ended('COMPLETED'), { ...EVERY, approval: 'WITHDRAWN' }, 1],
    ['undone and nothing held', ended('COMPENSATED'), NONE, 0],
    ['undone before anything came', ended('COMPENSATED'), NEVER, 0],
    ['undone and one place still held', ended('COMPENSATED'), { ...NONE, flight: 'HELD' }, 1],
    ['undone and still approved', ended('COMPENSATED'), { ...NONE, approval: 'APPROVED' }, 1],
    ['under way', live('RUNNING', 'booking'), { ...NEVER, flight: 'HELD' }, 0],
  ])('%s: %#', (_what, saga, held, faults) => {
    const fact: SagaFact = { order_id: 't', saga_id: 's', definition: 'trip', version: 1, timers: '[]', ...saga }
    const facts = { ...factsOf(done), ...sagasIn([fact]), trips: new Map([['t', { trip_id: 't', ...held }]]) }
    expect([...unfitTrips(facts)]).toHaveLength(faults)
  })

  it('that is held without a saga is told', () => {
    const trips = new Map([['t', { trip_id: 't', ...EVERY }]])
    expect([...unfitTrips({ ...factsOf(done), trips })]).toEqual(['trip t is held and has no saga'])
  })
})
