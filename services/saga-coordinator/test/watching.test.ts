import { paymentConfirmed } from '@skald/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { coordinating, created, NUDGE_MS, reserved, STEP_MS, STUCK_MS, unused } from './coordinating.ts'

const price = { amount: 100, currency: 'EUR' }
const confirmed = paymentConfirmed({ orderId: 'o1', amount: price })

const onTheWay = { settled: () => false }

let c: ReturnType<typeof coordinating>
beforeEach(() => {
  c = coordinating()
})
afterEach(() => c.processor.stop(0))

/** Looked at when its nudge was due, and again when that is long ago: what it asked is still on its way. */
const getStuck = async (): Promise<number> => {
  await c.tell(created)
  const dueMs = c.nowMs() + NUDGE_MS
  c.pass(NUDGE_MS)
  await c.wake(onTheWay)
  expect(c.concerns()).toEqual([])
  c.pass(STUCK_MS)
  await c.wake(onTheWay)
  return dueMs
}

describe('a saga whose nudge stays due', () => {
  it('is stuck when it was looked at for long enough, and is told of once', async () => {
    const dueMs = await getStuck()
    expect(c.concerns()).toEqual([{ kind: 'stuck', since: dueMs }])
    const alerts = c.alerts()
    expect(alerts).toMatchObject([{ kind: 'stuck', sagaId: 's1', status: 'RUNNING', state: 'reservingStock' }])
    c.pass(STUCK_MS)
    await c.wake(onTheWay)
    expect(c.alerts()).toEqual(alerts)
    expect(c.concerns()).toHaveLength(1)
    expect(c.why().sentence).toContain('It is stuck')
  })

  it('is stuck no more when it goes on', async () => {
    await getStuck()
    await c.tell(reserved)
    expect(c.concerns()).toEqual([])
    expect(c.why()).not.toHaveProperty('stuck')
  })

  it('is not stuck after an outage of the coordinator, when the first look does what is due', async () => {
    await c.tell(created)
    c.pass(10 * STUCK_MS)
    await c.wake()
    expect(c.concerns()).toEqual([])
    expect(c.alerts()).toEqual([])
  })

  it('is not stuck after an outage either, when the first look does not know yet what is on its way', async () => {
    await c.tell(created)
    c.pass(3 * STUCK_MS)
    await c.wake(onTheWay)
    expect(c.concerns()).toEqual([])
    c.pass(STUCK_MS - 1)
    await c.wake(onTheWay)
    expect(c.concerns()).toEqual([])
  })

  it('is not stuck while it is paused', async () => {
    await getStuck()
    await c.operate('pause')
    expect(c.concerns()).toEqual([])
    expect(c.view().waitingFor).toMatchObject([{ kind: 'person', effect: 'resume' }])
    await c.operate('resume')
    expect(c.concerns()).toEqual([])
  })
})

describe('a saga that waits for nothing', () => {
  it('is stuck the moment it is written', async () => {
    await c.tell(created)
    await c.operate('cancel')
    const state = c.saga()?.state
    if (!state) throw new Error('the saga did not start')
    await c.place({ state: { ...state, waiting: [], armed: {} }, asked: [], timers: [] })
    expect(c.view().waitingFor).toEqual([])
    await c.tell(unused)
    expect(c.concerns()).toEqual([{ kind: 'stuck', since: c.nowMs() }])
    expect(c.why()).toMatchObject({ stuck: { why: 'no-reason' }, toDo: [{ what: expect.stringContaining('history') }] })
  })
})

describe('a saga of a version that no coordinator knows', () => {
  it('says so, and is stuck when nobody is deployed who knows it', async () => {
    await c.tell(created)
    await c.place({ version: 9 })
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.concerns()).toEqual([])
    c.pass(STUCK_MS)
    await c.wake()
    expect(c.concerns()).toMatchObject([{ kind: 'stuck' }])
    const { waitingFor, toDo } = c.why()
    expect(waitingFor).toMatchObject([{ kind: 'person', effect: 'definition' }])
    expect(toDo).toEqual([{ what: 'Deploy a coordinator that knows it.' }])
  })
})

describe('a wake that is lost', () => {
  it('is found when it is late: the saga is stuck, and is woken', async () => {
    await c.tell(created)
    const wakeAt = c.saga()?.wake_at
    await c.loseWake()
    c.pass(NUDGE_MS + STUCK_MS + 1)
    await c.missWake()
    expect(c.concerns()).toEqual([{ kind: 'stuck', since: wakeAt }])
    expect(c.wakeTask()).toMatchObject({ due_at: c.nowMs() })
    await c.wake()
    c.pass(NUDGE_MS)
    await c.wake()
    expect(c.saga()?.status).toBe('COMPENSATING')
    expect(c.concerns()).toEqual([])
  })

  it('is not found before it is late, nor of a saga that is paused', async () => {
    await c.tell(created)
    await c.loseWake()
    c.pass(NUDGE_MS + STUCK_MS)
    await c.missWake()
    expect(c.wakeTask()).toBeUndefined()
    await c.operate('pause')
    c.pass(10 * STUCK_MS)
    await c.missWake()
    expect([c.wakeTask(), ...c.concerns()]).toEqual([undefined])
  })
})

describe('a service level', () => {
  const PAYMENT_MS = 3_000
  const ALL_MS = 20_000
  beforeEach(async () => {
    await c.processor.stop(0)
    c = coordinating({
      serviceLevels: [
        { definition: 'order', state: '', limitMs: ALL_MS },
        { definition: 'order', state: 'takingPayment', limitMs: PAYMENT_MS },
        { definition: 'other', state: '', limitMs: 1 },
      ],
    })
  })

  it('costs a saga that is in time nothing but an earlier wake', async () => {
    await c.tell(created)
    await c.tell(reserved)
    expect(c.saga()?.wake_at).toBe(c.nowMs() + PAYMENT_MS)
    c.pass(PAYMENT_MS - 1)
    await c.tell(confirmed)
    expect(c.saga()?.watched).toMatchObject([{ kind: 'slow', state: '', told: false }])
    expect([c.concerns(), c.alerts()]).toEqual([[], []])
  })

  it('of a state is passed when the saga is in it for too long, and is over when it leaves it', async () => {
    await c.tell(created)
    c.pass(1_000)
    await c.tell(reserved)
    const sinceMs = c.nowMs()
    c.pass(PAYMENT_MS)
    await c.wake()
    expect(c.concerns()).toEqual([{ kind: 'slow', since: sinceMs }])
    const level = { state: 'takingPayment', limitMs: PAYMENT_MS }
    expect(c.alerts()).toMatchObject([{ kind: 'slow', level, since: new Date(sinceMs).toISOString() }])
    expect(c.why().sentence).toContain('It is slow: in takingPayment for 3 seconds')
    await c.tell(confirmed)
    expect(c.concerns()).toEqual([])
  })

  it('of all of the saga counts from its start, whatever state it is in', async () => {
    await c.tell(created)
    const startedMs = c.nowMs()
    c.pass(ALL_MS)
    await c.wake(onTheWay)
    expect(c.concerns()).toEqual([{ kind: 'slow', since: startedMs }])
    await c.tell(reserved)
    expect(c.concerns()).toHaveLength(1)
    expect(c.alerts().map(({ level }) => level?.state)).toEqual([''])
  })

  it('is held by a pause', async () => {
    await c.tell(created)
    await c.tell(reserved)
    await c.operate('pause')
    c.pass(100 * ALL_MS)
    await c.operate('resume')
    expect(c.concerns()).toEqual([])
    expect(c.saga()?.wake_at).toBe(c.nowMs() + PAYMENT_MS)
    c.pass(PAYMENT_MS)
    await c.wake(onTheWay)
    expect(c.concerns()).toMatchObject([{ kind: 'slow' }])
  })
})

describe('a saga that needs a person', () => {
  const silence = async (): Promise<void> => {
    for (let tries = 0; c.saga()?.status !== 'NEEDS_ATTENTION' && tries < 20; tries++) {
      c.pass(STEP_MS - NUDGE_MS)
      await c.wake()
      c.pass(NUDGE_MS)
      await c.wake()
    }
  }

  it('is told of once, with effect and amount and without what anybody said', async () => {
    await c.tell(created)
    await c.tell(reserved)
    await silence()
    expect(c.alerts()).toMatchObject([
      { kind: 'needs-person', businessKey: 'o1', effects: [{ effect: 'payment.refund', amount: price }] },
    ])
    expect(JSON.stringify(c.alerts())).not.toContain('requests without a reply')
    await c.tell(unused)
    await c.operate('pause')
    await c.operate('resume')
    expect(c.alerts()).toHaveLength(1)
  })

  it('and again after a retry, is told of again under another id', async () => {
    await c.tell(created)
    await c.operate('cancel')
    await silence()
    await c.operate('retry')
    await silence()
    const ids = c.alerts().map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })
})
