import { eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatabaseName } from '../verification/testing/four-databases.ts'
import type { Discrepancy, Finding, Verdict } from './finding.ts'
import { forget, forgetSaga } from './testing/forgetting.ts'
import { type Accepted, Restorable, SKU } from './testing/restorable.ts'

let on: Restorable
/** Orders that have ended, each for one test. */
let confirmed: Accepted[]
let cancelled: Accepted[]

const CONFIRMED = 12
const CANCELLED = 4

beforeAll(async () => {
  on = await Restorable.start()
  for (let count = 0; count < CONFIRMED; count += 1) await on.place('sim_approved')
  for (let count = 0; count < CANCELLED; count += 1) await on.place('sim_declined')
  await eventually(
    async () => {
      for (const { orderId, sagaId } of on.accepted) {
        if ((await on.statusOf(orderId)) === 'PENDING') throw new Error(`${orderId} is pending`)
        const saga = (await on.ask('saga', 'GET', `/sagas/${sagaId}`)).json()
        if (!saga['endedAt']) throw new Error(`saga ${sagaId} runs`)
      }
    },
    { timeoutMs: 30_000 },
  )
  confirmed = on.accepted.filter(({ token }) => token === 'sim_approved')
  cancelled = on.accepted.filter(({ token }) => token === 'sim_declined')
  await on.loseAll({ streams: 'lost' })
}, 120_000)

afterAll(() => on?.close())

const sql = async (database: DatabaseName, text: string, values: readonly unknown[] = []): Promise<void> =>
  void (await on.databases[database].query(text, values))
const one = async (database: DatabaseName, text: string, values: readonly unknown[] = []): Promise<unknown> =>
  Object.values((await on.databases[database].query(text, values))[0] ?? {})[0]

const orderStatus = ({ orderId }: Accepted) => one('order', 'SELECT status FROM orders WHERE order_id = $1', [orderId])
const reservation = ({ orderId }: Accepted) =>
  one('inventory', 'SELECT status FROM reservation WHERE order_id = $1', [orderId])
const payment = ({ orderId }: Accepted) => one('payment', 'SELECT status FROM payment WHERE order_id = $1', [orderId])
const sagaStatus = ({ sagaId }: Accepted) => one('saga', 'SELECT status FROM saga WHERE saga_id = $1', [sagaId])

const forgetStock = async (order: Accepted): Promise<void> => {
  await sql('inventory', 'DELETE FROM reservation WHERE order_id = $1', [order.orderId])
  await sql('inventory', 'UPDATE stock SET on_hand = on_hand + 1')
  await forget(on, 'inventory', order, ['inventory.reserve.v1', 'inventory.commit.v1'])
}

interface Case {
  readonly discrepancy: Discrepancy
  readonly verdict: Verdict
  readonly what: string
  readonly plant: (order: Accepted) => Promise<void>
  /** How the databases are after the repair. */
  readonly after?: (order: Accepted) => Promise<readonly [is: unknown, shouldBe: unknown]>
  readonly order: () => Accepted | undefined
  /** What a person sees. */
  readonly names?: RegExp
}

const CASES: readonly Case[] = [
  {
    discrepancy: 'order-lost',
    verdict: 'repaired',
    what: 'an order of a completed saga is put back, and confirmed by the command that it forgot',
    order: () => confirmed[0],
    plant: async (order) => {
      await sql('order', 'DELETE FROM orders WHERE order_id = $1', [order.orderId])
      await forget(on, 'order', order, ['order.confirm.v1'])
    },
    after: async (order) => [await orderStatus(order), 'CONFIRMED'],
  },
  {
    discrepancy: 'payment-behind-the-books',
    verdict: 'repaired',
    what: 'a charge that payment-service forgot is known to it again',
    order: () => confirmed[1],
    plant: async (order) => {
      await sql('payment', 'DELETE FROM payment WHERE order_id = $1', [order.orderId])
      await forget(on, 'payment', order, ['payment.charge.v1'])
    },
    after: async (order) => [await payment(order), 'CONFIRMED'],
  },
  {
    discrepancy: 'command-forgotten',
    verdict: 'repaired',
    what: 'stock of a completed saga is held and taken once more',
    order: () => confirmed[2],
    plant: forgetStock,
    after: async (order) => [await reservation(order), 'COMMITTED'],
  },
  {
    discrepancy: 'command-forgotten',
    verdict: 'repaired',
    what: 'an order that is pending again is confirmed',
    order: () => confirmed[3],
    plant: async (order) => {
      await sql('order', `UPDATE orders SET status = 'PENDING' WHERE order_id = $1`, [order.orderId])
      await sql('order', `INSERT INTO task VALUES ($1, 'announce-order', now(), '', 0, '{}')`, [
        `announce-order/${order.orderId}`,
      ])
      await forget(on, 'order', order, ['order.confirm.v1'])
    },
    after: async (order) => [await orderStatus(order), 'CONFIRMED'],
  },
  {
    discrepancy: 'command-forgotten',
    verdict: 'repaired',
    what: 'stock of an undone order is given back, and not held once more',
    order: () => cancelled[0],
    plant: async (order) => {
      await sql('inventory', `UPDATE reservation SET status = 'HELD' WHERE order_id = $1`, [order.orderId])
      await sql('inventory', 'UPDATE stock SET reserved = reserved + 1')
      await forget(on, 'inventory', order, ['inventory.release.v1'])
    },
    after: async (order) => [await reservation(order), 'RELEASED'],
  },
  {
    discrepancy: 'saga-lost',
    verdict: 'repaired',
    what: 'the saga of a confirmed order comes to where it was',
    order: () => confirmed[4],
    plant: (order) => forgetSaga(on, order),
    after: async (order) => [await sagaStatus(order), 'COMPLETED'],
  },
  {
    discrepancy: 'saga-lost',
    verdict: 'repaired',
    what: 'the saga of a cancelled order undoes it',
    order: () => cancelled[1],
    plant: (order) => forgetSaga(on, order),
    after: async (order) => [await sagaStatus(order), 'COMPENSATING'],
  },
  {
    discrepancy: 'dead-letter-unlisted',
    verdict: 'repaired',
    what: 'a dead letter is reported again',
    order: () => undefined,
    plant: () =>
      sql('payment', `INSERT INTO dead_letter VALUES ('lost', 'd', 's', NULL, NULL, 'r', 'd', '', now(), 'OPEN')`),
    after: async () => [await one('payment', `SELECT count(*)::int FROM task WHERE id = 'report-dead-letter/lost'`), 1],
  },
  {
    discrepancy: 'decided-both-ways',
    verdict: 'person',
    what: 'a confirmed order of an undone saga is left as it is',
    order: () => cancelled[2],
    plant: (order) => sql('order', `UPDATE orders SET status = 'CONFIRMED' WHERE order_id = $1`, [order.orderId]),
    after: async (order) => [
      [await orderStatus(order), await sagaStatus(order)],
      ['CONFIRMED', 'COMPENSATED'],
    ],
    names: /its saga is COMPENSATED, and others completed the order/,
  },
  {
    discrepancy: 'charge-missing',
    verdict: 'person',
    what: 'nobody is charged for a completed saga',
    order: () => confirmed[5],
    plant: (order) => sql('payment', 'DELETE FROM gateway.charge WHERE order_id = $1', [order.orderId]),
    after: async (order) => [
      await one('payment', 'SELECT count(*)::int FROM task WHERE id LIKE $1', [`${order.orderId}/%`]),
      0,
    ],
    names: /past the payment/,
  },
  {
    discrepancy: 'stock-short',
    verdict: 'person',
    what: 'stock that went to somebody else is not refused for ever',
    order: () => confirmed[6],
    plant: async (order) => {
      await forgetStock(order)
      await sql('inventory', 'UPDATE stock SET on_hand = 0')
    },
    after: async (order) => [await reservation(order), undefined],
    names: new RegExp(`1 of ${SKU}, of which 0 are left`),
  },
  {
    discrepancy: 'order-unknown',
    verdict: 'person',
    what: 'money of an order that nobody knows is named with its amount',
    order: () => confirmed[7],
    plant: async (order) => {
      await forgetSaga(on, order)
      await sql('order', 'DELETE FROM orders WHERE order_id = $1', [order.orderId])
    },
    names: /what was charged for it is kept.*its reservation is COMMITTED/,
  },
  {
    discrepancy: 'settled-by-hand',
    verdict: 'person',
    what: 'what a person may have done is not done again',
    order: () => confirmed[8],
    plant: async (order) => {
      await sql('inventory', 'UPDATE stock SET on_hand = 1000')
      await sql(
        'saga',
        `INSERT INTO history SELECT 'skip/' || message_id, saga_id, 99, at, 'operator.skip', NULL, '{}', to_state, to_state, '[]', NULL, ''
         FROM history WHERE saga_id = $1 AND seq = 1`,
        [order.sagaId],
      )
      await forgetStock(order)
    },
    after: async (order) => [await reservation(order), undefined],
    names: /a person settled a step/,
  },
  {
    discrepancy: 'product-outdated',
    verdict: 'person',
    what: 'a product whose newer price only order-service knows is named',
    order: () => undefined,
    plant: () => sql('order', 'UPDATE product_copy SET version = 9'),
    names: new RegExp(`order-service sells ${SKU} by version 9, inventory-service has version 1`),
  },
]

describe('what a restore leaves behind:', () => {
  it.each(CASES.map((one) => [one.discrepancy, one.what, one] as const))(
    '%s: %s',
    async (_discrepancy, _what, each) => {
      const order = each.order()
      const isIt = ({ discrepancy, orderId }: Finding): boolean =>
        discrepancy === each.discrepancy && orderId === order?.orderId
      await each.plant(order as Accepted)

      const foreseen = await on.repair(true)
      const done = await on.repair()
      const again = await on.repair()

      const found = done.findings.filter(isIt)
      expect(found.map(({ verdict }) => verdict)).toContain(each.verdict)
      if (each.names) expect(found.map(({ detail }) => detail).join()).toMatch(each.names)
      // What is short is known when it is asked for.
      if (each.discrepancy !== 'stock-short') expect(foreseen.findings.filter(isIt)).toEqual(found)
      if (each.after) {
        const [is, shouldBe] = await each.after(order as Accepted)
        expect(is).toEqual(shouldBe)
      }
      expect(again.findings.filter((finding) => isIt(finding) && finding.verdict === 'repaired')).toEqual([])
    },
  )

  it('a repair is written down in the audit, which is one chain', async () => {
    const { sagaId } = confirmed[2] as Accepted
    const reasons = await on.databases.saga.query(
      `SELECT reason FROM operator_audit WHERE action = 'restore' AND saga_id = $1 ORDER BY seq`,
      [sagaId],
    )
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'command-forgotten: inventory-service is told inventory.reserve.v1 once more',
      'command-forgotten: inventory-service is told inventory.commit.v1 once more',
    ])
  })
})
