import { randomUUID } from 'node:crypto'
import { createPostgresStore, type Database, openDatabase } from '@skald/database'
import { openPaymentClient } from '@skald/database/payment'
import type { Clock, Store } from '@skald/messaging'
import { createTestDatabase, type TestDatabase } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CancelCall, ChargeCall, RefundCall } from '../src/payments/gateway.ts'
import { ledgerReading, type ReadLedger } from '../src/payments/simulated/ledger.ts'
import { SimulatedGateway } from '../src/payments/simulated/simulated-gateway.ts'

const AMOUNT = { amount: 990, currency: 'EUR' }
const clock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, then) {
    const timer = setTimeout(then, delayMs)
    return () => clearTimeout(timer)
  },
}

let testDatabase: TestDatabase
let database: Database
let readLedger: ReadLedger
let transactions = 0

const open = (): Database => openDatabase({ url: testDatabase.url, applicationName: 'gateway-test', poolSize: 2 })

/** A gateway process: a new one knows only what is in the database. */
const start = (on: Database = database): SimulatedGateway => {
  const store = createPostgresStore(on)
  const counting: Store = {
    ...store,
    transact: (reads, decide) => {
      transactions += 1
      return store.transact(reads, decide)
    },
  }
  return new SimulatedGateway({ store: counting, clock, successRate: 0.9 })
}

beforeAll(async () => {
  testDatabase = await createTestDatabase('payment')
  database = open()
  readLedger = ledgerReading(openPaymentClient(database.pool))
})
afterAll(async () => {
  await database.close()
  await testDatabase.close()
})

/** The calls about one order. */
const order = (orderId: string = randomUUID()) => {
  const chargeKey = `${orderId}/charge/0`
  const about = { orderId, attempts: 0, reference: null, signal: new AbortController().signal }
  return {
    orderId,
    charge: (paymentMethod: string | null): ChargeCall => ({ ...about, key: chargeKey, amount: AMOUNT, paymentMethod }),
    cancel: (): CancelCall => ({
      ...about,
      key: `${orderId}/void/0`,
      chargeKey,
      chargeReference: null,
      amount: AMOUNT,
    }),
    refund: (attempt = 0): RefundCall => ({
      ...about,
      key: `${orderId}/refund/${attempt}`,
      chargeKey,
      chargeReference: null,
      amount: AMOUNT,
    }),
  }
}

const ledgerOf = async (orderId: string): Promise<string[]> =>
  (await readLedger(orderId)).map(({ kind, outcome }) => `${kind} ${outcome}`)

/** What a call that is never answered ends with once nobody waits for it any more. */
const silent = async (call: ChargeCall, make: (call: ChargeCall) => Promise<unknown>): Promise<unknown> => {
  const controller = new AbortController()
  const answer = make({ ...call, signal: controller.signal }).then(
    () => 'an answer',
    () => 'silence',
  )
  // The connection takes one transaction after the other: when this one is committed, so is the silent call's.
  await start().cancel(order().cancel())
  controller.abort()
  return answer
}

describe('the simulated gateway', () => {
  it('charges once a key, and answers a repeat with the same, also after a restart', async () => {
    const { orderId, charge } = order()
    const first = await start().charge(charge('sim_approved'))
    expect(first).toMatchObject({ kind: 'charged', amount: AMOUNT })
    expect(await start().charge(charge('sim_approved'))).toEqual(first)
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
  })

  it('declines by token, and refuses a token it does not know', async () => {
    const declined = order()
    expect(await start().charge(declined.charge('sim_declined'))).toMatchObject({ kind: 'refused' })
    expect(await ledgerOf(declined.orderId)).toEqual(['charge refused'])
    for (const token of ['pm_card_visa', 'sim_', 'sim_slow_600001', 'sim_slow_-1', 'sim_flaky', 'sim_approved_1']) {
      expect(await start().charge(order().charge(token))).toMatchObject({ kind: 'refused' })
    }
  })

  it('declines the share of orders without a token that it was told, the same ones each time', async () => {
    const gateway = start()
    const orders = Array.from({ length: 2_000 }, (_, n) => order(`share-${n}`))
    const first = await Promise.all(orders.map(({ charge }) => gateway.charge(charge(null))))
    const declined = first.filter(({ kind }) => kind === 'refused').length / orders.length
    expect(declined).toBeGreaterThan(0.07)
    expect(declined).toBeLessThan(0.13)
    const restarted = start()
    const again = await Promise.all(orders.map(({ charge }) => restarted.charge(charge(null))))
    expect(again.map(({ kind }) => kind)).toEqual(first.map(({ kind }) => kind))
  })

  it('approves a slow charge so long after the first call with its key, whoever asks then', async () => {
    const { charge } = order()
    const startedMs = performance.now()
    const [first, second] = await Promise.all([
      start().charge(charge('sim_slow_300')),
      start().charge(charge('sim_slow_300')),
    ])
    expect(first.kind).toBe('charged')
    expect(second.kind).toBe('charged')
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(295)
  })

  it('says when to ask again for a charge that takes long, counted from the first call, also after a restart', async () => {
    const { orderId, charge } = order()
    const first = await start().charge(charge('sim_slow_60000'))
    expect(first).toMatchObject({ kind: 'pending' })
    await testDatabase.query(
      `UPDATE gateway.charge SET first_called_at = first_called_at - interval '59.9 seconds' WHERE order_id = $1`,
      [orderId],
    )
    const second = await start().charge(charge('sim_slow_60000'))
    expect(second.kind).toBe('charged')
  })

  it('fails so many times, counted over restarts, then approves', async () => {
    const { orderId, charge } = order()
    const kinds: string[] = []
    for (let n = 0; n < 5; n++) kinds.push((await start().charge(charge('sim_flaky_3'))).kind)
    expect(kinds).toEqual(['unknown', 'unknown', 'unknown', 'charged', 'charged'])
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded'])
  })

  it('charges nothing and never answers when silent; a cancel answers voided', async () => {
    const { orderId, charge, cancel } = order()
    const gateway = start()
    expect(await silent(charge('sim_silent'), (call) => gateway.charge(call))).toBe('silence')
    expect(await ledgerOf(orderId)).toEqual([])
    expect(await gateway.cancel(cancel())).toEqual({ kind: 'voided' })
    expect(await ledgerOf(orderId)).toEqual(['void succeeded'])
  })

  it('charges and loses every answer about it; a cancel finds the charge, and a refund gives it back', async () => {
    const { orderId, charge, cancel, refund } = order()
    const gateway = start()
    for (let n = 0; n < 2; n++) {
      expect(await silent(charge('sim_lost_reply'), (call) => gateway.charge(call))).toBe('silence')
    }
    expect(await gateway.cancel(cancel())).toMatchObject({ kind: 'charged', amount: AMOUNT })
    expect(await gateway.refund(refund())).toMatchObject({ kind: 'refunded' })
    expect(await ledgerOf(orderId)).toEqual(['charge succeeded', 'refund succeeded'])
  })

  it('refuses the first refunds, each key once, then gives back', async () => {
    const { orderId, charge, cancel, refund } = order()
    const gateway = start()
    await silent(charge('sim_refund_fails_2'), (call) => gateway.charge(call))
    expect(await gateway.cancel(cancel())).toMatchObject({ kind: 'charged' })
    expect(await gateway.refund(refund(0))).toMatchObject({ kind: 'refused' })
    expect(await gateway.refund(refund(0))).toMatchObject({ kind: 'refused' })
    expect(await start().refund(refund(1))).toMatchObject({ kind: 'refused' })
    expect(await gateway.refund(refund(2))).toMatchObject({ kind: 'refunded' })
    expect(await gateway.refund(refund(2))).toMatchObject({ kind: 'refunded' })
    expect(await ledgerOf(orderId)).toEqual([
      'charge succeeded',
      'refund refused',
      'refund refused',
      'refund succeeded',
    ])
  })

  it('never gives back more than was charged, and nothing that was not', async () => {
    const { charge, refund } = order()
    const gateway = start()
    expect(await gateway.refund(order().refund())).toMatchObject({ kind: 'refused' })
    await gateway.charge(charge('sim_approved'))
    expect(await gateway.refund(refund(0))).toMatchObject({ kind: 'refunded' })
    expect(await gateway.refund(refund(1))).toMatchObject({ kind: 'refused' })
  })

  it.each(['sim_approved', 'sim_silent', 'sim_slow_10', 'sim_flaky_1', null])(
    'refuses %s for ever after a cancel that came first',
    async (token) => {
      const { orderId, charge, cancel } = order()
      expect(await start().cancel(cancel())).toEqual({ kind: 'voided' })
      expect(await start().charge(charge(token))).toMatchObject({ kind: 'refused' })
      expect(await start().cancel(cancel())).toEqual({ kind: 'voided' })
      // Both may carry the same millisecond.
      expect((await ledgerOf(orderId)).toSorted()).toEqual(['charge refused', 'void succeeded'])
    },
  )

  it('decides a race of charge and cancel from two processes one way, for both', async () => {
    const other = open()
    try {
      const [one, two] = [start(), start(other)]
      const orders = Array.from({ length: 300 }, () => order())
      const races = await Promise.all(
        orders.map(({ charge, cancel }) => Promise.all([one.charge(charge('sim_approved')), two.cancel(cancel())])),
      )
      for (const [charge, cancel] of races) {
        expect([charge.kind, cancel.kind]).toBeOneOf([
          ['charged', 'charged'],
          ['refused', 'voided'],
        ])
      }
    } finally {
      await other.close()
    }
  })

  it('commits concurrent calls together', async () => {
    const gateway = start()
    const before = transactions
    await Promise.all(Array.from({ length: 1_000 }, () => gateway.charge(order().charge('sim_approved'))))
    expect(transactions - before).toBeLessThanOrEqual(4)
  })

  it('rejects, so that the call is made again, when its books cannot be reached', async () => {
    const gone = openDatabase({ url: 'postgresql://nobody@127.0.0.1:1/none', applicationName: 'gone' })
    try {
      await expect(start(gone).charge(order().charge('sim_approved'))).rejects.toThrow('ECONNREFUSED')
    } finally {
      await gone.close()
    }
  })
})
