import { randomInt } from 'node:crypto'
import { eventually } from '@skald/testing'
import { afterEach, describe, expect, it } from 'vitest'
import type { DatabaseName } from '../verification/testing/four-databases.ts'
import { verify } from '../verification/verify.ts'
import { letCustomersOrder, numbersFrom } from './testing/customers.ts'
import { type Accepted, Restorable } from './testing/restorable.ts'

let system: Restorable | undefined

afterEach(async () => {
  await system?.close()
  system = undefined
}, 60_000)

/** The first is the oldest. */
const ORDERS_OF_BACKUPS: readonly (readonly [string, readonly DatabaseName[]])[] = [
  ['stock first, then sagas', ['inventory', 'saga', 'order', 'payment']],
  ['sagas first, orders last', ['saga', 'payment', 'inventory', 'order']],
  ['orders first, sagas last', ['order', 'inventory', 'payment', 'saga']],
  ['payments first, stock last', ['payment', 'order', 'saga', 'inventory']],
]
const STREAMS = ['lost', 'kept'] as const

/** Every order of backups with both; the short form has two orders, one with each. */
const RESTORES = ORDERS_OF_BACKUPS.flatMap(([name, backups], index) =>
  STREAMS.filter((_, which) => process.env['RESTORE_ALL'] !== undefined || which === index).map(
    (streams) => [name, streams, backups] as const,
  ),
)

/** Gateway calls that nobody holds any more are made again when their lease runs out, and sagas wait for them. */
const SETTLED_WITHIN_MS = 60_000

/** Orders between two backups, at least and at most. */
const FEW = 3
const MANY = 10

describe('a coordinator that is older than the others', () => {
  it('a saga that was being undone is cancelled before it hears that its charge was confirmed', async () => {
    const on = await Restorable.start()
    system = on
    // Charged, and every answer about the charge is lost: its saga gives it back at the deadline.
    const order = (await on.place('sim_lost_reply')) as Accepted
    await eventually(async () => expect(await stateOf(on, order)).toBe('takingPayment'))
    await on.backUp('saga')
    await eventually(async () => expect(await on.statusOf(order.orderId)).toBe('CANCELLED'), { timeoutMs: 30_000 })
    await on.loseAll({ streams: 'lost' })

    const { findings } = await on.repair()
    await on.startServices()
    const { violations, sagas } = await verify({ env: on.env, settleWithinMs: 60_000 })

    expect(findings).toEqual([
      expect.objectContaining({ verdict: 'repaired', discrepancy: 'saga-behind', orderId: order.orderId }),
    ])
    expect({ violations, sagas }).toEqual({ violations: [], sagas: { COMPENSATED: 1 } })
  }, 120_000)

  it('a charge under way, of an order that others completed, is answered by the books before its saga gives up', async () => {
    const on = await Restorable.start()
    system = on
    const order = (await on.place('sim_slow_1000')) as Accepted
    await eventually(async () => {
      const [payment] = await on.databases.payment.query('SELECT call FROM payment')
      expect(payment?.['call']).toEqual(expect.any(String))
    })
    await on.backUp('saga')
    await on.backUp('payment')
    await eventually(async () => expect(await on.statusOf(order.orderId)).toBe('CONFIRMED'), { timeoutMs: 30_000 })
    await on.loseAll({ streams: 'kept' })

    const { findings } = await on.repair()
    await on.startServices()
    const { violations, sagas } = await verify({ env: on.env, settleWithinMs: 60_000 })

    expect(findings.map(({ discrepancy }) => discrepancy)).toEqual(['payment-behind-the-books', 'saga-behind'])
    expect({ violations, sagas }).toEqual({ violations: [], sagas: { COMPLETED: 1 } })
  }, 120_000)

  it('an order whose cancel only the stream remembers is cancelled', async () => {
    const on = await Restorable.start()
    system = on
    const order = (await on.place('sim_slow_600000')) as Accepted
    await eventually(async () => expect(await stateOf(on, order)).toBe('takingPayment'))
    await on.backUp('order')
    await on.backUp('payment')
    await on.backUp('saga')
    await on.ask('order', 'POST', `/orders/${order.orderId}/cancel`)
    await eventually(async () => expect(await stateOf(on, order)).not.toBe('takingPayment'))
    await on.loseAll({ streams: 'kept' })

    const { findings } = await on.repair()
    await on.startServices()
    const { violations, sagas } = await verify({ env: on.env, settleWithinMs: 60_000 })

    expect(findings.map(({ discrepancy }) => discrepancy)).toContain('cancel-lost')
    expect({ violations, sagas }).toEqual({ violations: [], sagas: { COMPENSATED: 1 } })
  }, 120_000)

  it('a repair that died goes on by what the streams held for the first one', async () => {
    const on = await Restorable.start()
    system = on
    const orders = [(await on.place('sim_approved')) as Accepted, (await on.place('sim_approved')) as Accepted]
    for (const { orderId } of orders)
      await eventually(async () => expect(await on.statusOf(orderId)).toBe('CONFIRMED'), { timeoutMs: 30_000 })
    await eventually(async () => expect(await on.sagasUnderWay()).toBe(0), { timeoutMs: 30_000 })
    await on.loseAll({ streams: 'kept' })
    const { order, payment, inventory, saga } = on.databases
    await order.query('DELETE FROM orders')
    await order.query(`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM orders) > 0 THEN RAISE EXCEPTION 'the repair dies here'; END IF; RETURN NEW; END $$`)
    await order.query('CREATE TRIGGER die BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION die()')

    await expect(on.repair()).rejects.toThrow('the repair dies here')
    await order.query('DROP TRIGGER die ON orders')
    // As if it had come to write to all of them before it died.
    for (const [database, table, column] of [
      [order, 'orders', 'updated_at'],
      [payment, 'payment', 'updated_at'],
      [inventory, 'reservation', 'updated_at'],
      [saga, 'history', 'at'],
    ] as const)
      await database.query(`UPDATE ${table} SET ${column} = now() + interval '1 hour'`)
    const second = await on.repair()

    expect(second.findings.map(({ discrepancy }) => discrepancy)).toContain('order-lost')
    expect(second.streamsSinceMs).toBeLessThan(Date.now())
    const marks = await saga.query(
      `SELECT after FROM operator_audit WHERE action = 'restore' AND saga_id IS NULL ORDER BY seq`,
    )
    const { streamsSinceMs } = second
    expect(marks.map(({ after }) => JSON.parse(String(after)))).toEqual([
      { streamsSinceMs, isOver: false },
      { streamsSinceMs, isOver: true },
    ])
    expect((await on.repair()).findings.filter(({ verdict }) => verdict === 'repaired')).toEqual([])
  }, 120_000)

  it('is refused while a service runs, which would act on what is not in order yet', async () => {
    const on = await Restorable.start()
    system = on
    await expect(on.repair()).rejects.toThrow(/order-service.*stop it before the repair/)
  }, 60_000)
})

const stateOf = async (on: Restorable, { sagaId }: Accepted): Promise<unknown> =>
  (await on.ask('saga', 'GET', `/sagas/${sagaId}`)).json()['state']

describe('databases of different times', () => {
  it.each(RESTORES)(
    '%s, streams %s: every order that anybody knows of ends once, and the second repair finds nothing',
    async (_name, streams, backups) => {
      const seed = Number(process.env['RESTORE_SEED'] ?? randomInt(2 ** 31))
      const next = numbersFrom(seed)
      const on = await Restorable.start()
      system = on
      const customers = letCustomersOrder(on, next)
      for (const name of backups) {
        await customers.more(FEW + Math.floor(next() * (MANY - FEW)))
        await on.backUp(name)
      }
      await customers.more(FEW + Math.floor(next() * (MANY - FEW)))
      await customers.stop()
      await on.loseAll({ streams })

      const report = await on.repair()
      const again = await on.repair()
      await on.startServices()
      await eventually(async () => expect(await on.sagasUnderWay()).toBe(0), { timeoutMs: SETTLED_WITHIN_MS })
      const verified = await verify({ env: on.env, settleWithinMs: 5_000 })

      const unknown = report.findings.filter(({ discrepancy }) => discrepancy === 'order-unknown')
      const isUnknown = (detail: string): boolean =>
        unknown.some(({ orderId }) => orderId !== undefined && detail.includes(orderId))
      const said = `seed ${seed}`
      expect
        .soft(
          again.findings.filter(({ verdict }) => verdict === 'repaired'),
          said,
        )
        .toEqual([])
      expect
        .soft(
          verified.violations.filter(({ detail }) => !isUnknown(detail)),
          said,
        )
        .toEqual([])
      const changed: string[] = []
      for (const [orderId, status] of customers.seen) {
        const now = await on.statusOf(orderId)
        const isLost = streams === 'lost' && (now === 'unknown' || status === 'CANCELLED')
        if (now !== status && !isLost) changed.push(`${orderId} was ${status} and is ${now}`)
      }
      expect.soft(changed, said).toEqual([])
    },
    240_000,
  )
})
