import { orderCancelRequested, paymentCharge, paymentRefund, paymentVoided } from '@skald/contracts'
import { type Bystander, call, type Ended, inParallel, type System, startSystem } from '@skald/e2e'
import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Short, so that silence is noticed within the time of a test; a refused refund is tried five times. */
const PATIENCE = {
  SAGA_STEP_TIMEOUT_MS: '3000',
  SAGA_NUDGE_AFTER_MS: '700',
  SAGA_UNDO_BACKOFF_MS: '50',
  SAGA_UNDO_ATTEMPTS: '5',
}
const CENTS = 1_000
const OUTAGE_MS = 8_000
const LIMIT = { timeout: 120_000 }

let system: System
let bus: Bystander

beforeAll(async () => {
  system = await startSystem({ env: PATIENCE })
  bus = await system.bystander('order.>', 'payment.>')
  await system.offer('e2e-book', 1_000_000, CENTS)
}, 240_000)

afterAll(async () => {
  await bus?.close()
  await system?.stop()
}, 120_000)

/** Everything that can be seen of an order that ended. */
const outcome = async (orderId: string, { order, saga }: Ended) => {
  const { entries } = await system.ledger(orderId)
  const moved = (kind: string) =>
    entries
      .filter((entry) => entry.kind === kind && entry.outcome === 'succeeded')
      .reduce((sum, { amount }) => sum + (amount?.amount ?? 0), 0)
  return {
    ending: `${order.status}/${saga.status}`,
    payment: (await system.payment(orderId)).status,
    reservation: await system.reservation(orderId),
    charged: moved('charge'),
    refunded: moved('refund'),
    refusedRefunds: entries.filter(({ kind, outcome: how }) => kind === 'refund' && how === 'refused').length,
  }
}

const outcomeOf = async (paymentMethod: string) => {
  const { orderId } = await system.place({ paymentMethod })
  return outcome(orderId, await system.ended(orderId))
}

const CONFIRMED = { ending: 'CONFIRMED/COMPLETED', payment: 'CONFIRMED', reservation: 'COMMITTED' }
const CANCELLED = { ending: 'CANCELLED/COMPENSATED', reservation: 'RELEASED' }
const NOTHING_MOVED = { charged: 0, refunded: 0, refusedRefunds: 0 }
const PAID = { charged: CENTS, refunded: 0, refusedRefunds: 0 }

describe.concurrent('every token ends as its name says:', () => {
  it('an approved payment confirms the order', LIMIT, async () => {
    expect(await outcomeOf('sim_approved')).toEqual({ ...CONFIRMED, ...PAID })
  })

  it('a declined payment cancels the order and frees its stock', LIMIT, async () => {
    expect(await outcomeOf('sim_declined')).toEqual({ ...CANCELLED, payment: 'FAILED', ...NOTHING_MOVED })
  })

  it('a slow payment is waited for', LIMIT, async () => {
    expect(await outcomeOf('sim_slow_1000')).toEqual({ ...CONFIRMED, ...PAID })
  })

  it('a gateway that fails a few times is asked again, under the same key', LIMIT, async () => {
    expect(await outcomeOf('sim_flaky_3')).toEqual({ ...CONFIRMED, ...PAID })
  })

  it('a payment that is never answered is voided, its stock freed, its order cancelled', LIMIT, async () => {
    expect(await outcomeOf('sim_silent')).toEqual({ ...CANCELLED, payment: 'VOIDED', ...NOTHING_MOVED })
  })

  it('a charge whose every answer is lost is refunded', LIMIT, async () => {
    const refunded = { charged: CENTS, refunded: CENTS, refusedRefunds: 0 }
    expect(await outcomeOf('sim_lost_reply')).toEqual({ ...CANCELLED, payment: 'REFUNDED', ...refunded })
  })

  it('a refund that is refused twice is tried a third time', LIMIT, async () => {
    const refunded = { charged: CENTS, refunded: CENTS, refusedRefunds: 2 }
    expect(await outcomeOf('sim_refund_fails_2')).toEqual({ ...CANCELLED, payment: 'REFUNDED', ...refunded })
  })

  it('a refund that is refused for good waits for a person, with effect and amount, and says so', LIMIT, async () => {
    const { orderId } = await system.place({ paymentMethod: 'sim_refund_fails_1000' })

    const ended = await system.ended(orderId)

    expect(await outcome(orderId, ended)).toMatchObject({
      ending: 'PENDING/NEEDS_ATTENTION',
      charged: CENTS,
      refunded: 0,
      refusedRefunds: 5,
    })
    const person = ended.saga.waitingFor.filter(({ kind }) => kind === 'person')
    expect(person).toMatchObject([{ effect: 'payment.refund', amount: { amount: CENTS, currency: 'EUR' } }])
    expect(person[0]?.reason).toContain('refused 5 times')
    await eventually(() => expect(bus.about(orderId, 'order.failed.v1')).toHaveLength(1))
    expect(bus.about(orderId, 'order.failed.v1')).toMatchObject([
      { data: { effect: 'payment.refund', amount: { amount: CENTS } } },
    ])
  })

  it('a payment without a token is decided by the rate', LIMIT, async () => {
    const { orderId } = await system.place()
    const { ending, charged } = await outcome(orderId, await system.ended(orderId))
    expect([
      ['CONFIRMED/COMPLETED', CENTS],
      ['CANCELLED/COMPENSATED', 0],
    ]).toContainEqual([ending, charged])
  })

  it.for(['sim_unknown', 'sim_slow_600001', 'sim_slow_', 'tok_visa'])('%s is refused', LIMIT, async (token) => {
    const body = { customerId: 'e2e', items: [{ sku: 'e2e-book', quantity: 1 }], paymentMethod: token }
    expect(await system.post(body)).toMatchObject({ status: 400 })
  })
})

describe.concurrent('an order is cancelled', () => {
  it('when there is not enough stock, without a word to the gateway', LIMIT, async () => {
    await system.offer('e2e-rare', 3)
    const { orderId } = await system.place({ sku: 'e2e-rare', quantity: 4, paymentMethod: 'sim_approved' })

    const { order, saga } = await system.ended(orderId)

    expect([order.status, saga.status]).toEqual(['CANCELLED', 'COMPENSATED'])
    expect(await system.ledger(orderId)).toEqual({ entries: [] })
    expect(await system.product('e2e-rare')).toMatchObject({ onHand: 3, reserved: 0 })
  })

  it('when the customer asks for it at once', LIMIT, async () => {
    const { orderId } = await system.place({ paymentMethod: 'sim_slow_2500' })

    expect(await system.cancel(orderId)).toMatchObject({ status: 202 })

    const { order, saga } = await system.ended(orderId)
    expect([order.status, saga.status]).toEqual(['CANCELLED', 'COMPENSATED'])
    expect(order.reason).toContain('cancelled by the customer')
  })

  it('when the customer asks for it while the payment is under way', LIMIT, async () => {
    const { orderId } = await system.place({ paymentMethod: 'sim_slow_2500' })
    await eventually(async () => expect(await system.payment(orderId)).toMatchObject({ status: 'PENDING' }))

    expect(await system.cancel(orderId)).toMatchObject({ status: 202 })

    const ended = await system.ended(orderId)
    expect(await outcome(orderId, ended)).toEqual({ ...CANCELLED, payment: 'VOIDED', ...NOTHING_MOVED })
  })

  it('not when it has ended', LIMIT, async () => {
    const { orderId } = await system.place({ paymentMethod: 'sim_approved' })
    await system.ended(orderId)
    expect(await system.cancel(orderId)).toMatchObject({ status: 409 })
  })
})

describe.concurrent('a late charge is never kept:', () => {
  it(
    'a confirmation that comes long after the deadline finds the order cancelled and nothing paid',
    LIMIT,
    async () => {
      const { charged, refunded, ...rest } = await outcomeOf('sim_slow_8000')
      expect(rest).toMatchObject(CANCELLED)
      expect(charged - refunded).toBe(0)
    },
  )

  it('one that races the deadline is kept with its order, or given back with it', LIMIT, async () => {
    const delaysMs = Array.from({ length: 20 }, (_, index) => 2_700 + 100 * index)
    const outcomes = await Promise.all(delaysMs.map((delayMs) => outcomeOf(`sim_slow_${delayMs}`)))
    for (const { ending, charged, refunded } of outcomes) {
      expect(charged - refunded).toBe(ending === 'CONFIRMED/COMPLETED' ? CENTS : 0)
    }
    const kept = outcomes.filter(({ ending }) => ending === 'CONFIRMED/COMPLETED').length
    console.log(`${kept} of ${outcomes.length} charges at the deadline were kept`)
  })

  it('a charge that comes after its undo is refused, whoever sends it', LIMIT, async () => {
    const orderId = `by-hand-${Date.now()}`
    const amount = { amount: CENTS, currency: 'EUR' }

    const undo = await bus.say(paymentRefund({ orderId, amount }))
    await eventually(() => expect(bus.answersTo(undo)).toMatchObject([{ type: 'payment.voided.v1' }]))
    const charge = await bus.say(paymentCharge({ orderId, amount, paymentMethod: 'sim_approved' }))
    await eventually(() => expect(bus.answersTo(charge)).toMatchObject([{ type: 'payment.failed.v1' }]))

    const { entries } = await system.ledger(orderId)
    expect(entries.filter(({ kind }) => kind === 'charge')).toEqual([])
    expect(await system.payment(orderId)).toMatchObject({ status: 'VOIDED' })
  })
})

it('a reply about a saga that nobody knows becomes a dead letter that says so', LIMIT, async () => {
  const orderId = `nobody-${Date.now()}`
  const id = await bus.say(paymentVoided({ orderId }), { correlationId: orderId })
  await eventually(
    async () => {
      const { body } = await call(`${system.urls.coordinator}/dead-letters?limit=100`)
      expect(body).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ messageId: id, reason: 'unknown-saga' })]),
      })
    },
    { timeoutMs: 30_000 },
  )
})

it('a cancel that reaches the saga after the payment is confirmed comes too late', LIMIT, async () => {
  const { orderId, sagaId } = await system.place({ paymentMethod: 'sim_slow_1000' })
  await eventually(async () => expect(await system.reservation(orderId)).toBe('HELD'))
  // The order cannot be confirmed now, so its saga stays between the payment and the end.
  const goOn = system.freeze('order-service')
  try {
    await eventually(async () => expect((await system.saga(sagaId)).state).toHaveProperty('completing'))
    await bus.say(orderCancelRequested({ orderId }), { correlationId: sagaId })
    await eventually(async () =>
      expect((await system.saga(sagaId)).history).toContainEqual(
        expect.objectContaining({ type: 'order.cancel-requested.v1' }),
      ),
    )
  } finally {
    goOn()
  }

  expect(await outcome(orderId, await system.ended(orderId))).toEqual({ ...CONFIRMED, ...PAID })
})

it('an outage of everything that outlasts the deadline of a step undoes nothing', LIMIT, async () => {
  const nudges = () => system.metric('saga-coordinator', 'skald_nudges_total')
  const before = await nudges()
  const placed = await inParallel(20, 20, () => system.place({ paymentMethod: 'sim_slow_2700' }))
  // All payments were asked for a second time: what was asked before the outage must not count after it.
  await eventually(async () => expect(await nudges()).toBeGreaterThanOrEqual(before + placed.length))

  await system.kill9Everything()
  // The outage itself lasts so long: longer than a step, and than the lease of a call to the gateway.
  const overAtMs = performance.now() + OUTAGE_MS
  await eventually(() => expect(performance.now()).toBeGreaterThan(overAtMs), { timeoutMs: 2 * OUTAGE_MS })
  await system.start()

  for (const { orderId } of placed) {
    expect(await outcome(orderId, await system.ended(orderId))).toEqual({ ...CONFIRMED, ...PAID })
  }
})

it('after all of this no invariant is broken', LIMIT, async () => {
  const report = await system.verify()
  expect(report.violations).toEqual([])
  expect(report.waitingForPerson).toHaveLength(1)
})
