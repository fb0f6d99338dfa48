import { publishRaw } from '@skald/e2e'
import { until, withClient } from '@skald/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { type Options, readOptions } from './options.ts'
import { type Stage, setStage } from './stage.ts'
import { Victim } from './victim.ts'

/* A judge who sees nothing is no judge: things are done to a system that no fault of ours explains. */

const LIMIT = { timeout: 240_000 }
const PATIENCE_MS = 1_000

const optionsOf = (...args: readonly string[]): Options => {
  const options = readOptions(args)
  if (!options) throw new Error('these are options of a run')
  return options
}

// What processes use is read from /proc.
describe.each(process.platform === 'linux' ? ['the judge'] : [])('%s', () => {
  let victim: Victim
  let stage: Stage

  beforeAll(async () => {
    const options = optionsOf('--seed', '1', '--rate', '40', '--coordinators', '2')
    victim = await Victim.start({ ...options, kinds: ['kill'], signal: new AbortController().signal })
    stage = await setStage(victim, options, ['kill'])
    stage.customers.start()
    await until(() => stage.customers.purchases.length >= 100, 60_000)
    await stage.customers.stop()
  }, 240_000)

  afterAll(async () => {
    stage?.memory.stop()
    await victim?.stop()
  }, 120_000)

  it('finds nothing in a system that was left alone, but for what was killed by our hand', LIMIT, async () => {
    await victim.kill('saga-coordinator-2')
    await victim.terminate('payment-service')
    await victim.manifest.inject([
      { subject: 'order.created.v1', payload: Buffer.from('null'), reason: 'not-a-cloud-event' },
    ])

    const { violations, deaths, orders } = await judge(stage)

    expect(violations).toEqual([])
    expect(orders.size).toBe(stage.customers.purchases.length)
    expect(deaths.filter(({ ours }) => ours > 0)).toEqual([
      { name: 'payment-service', died: 1, ours: 1 },
      { name: 'saga-coordinator-2', died: 1, ours: 1 },
    ])
  })

  it('names what is still under way, and what it is at', LIMIT, async () => {
    const { system } = victim
    const { orderId } = await system.place({ sku: 'chaos-0', paymentMethod: 'sim_slow_5000' })
    await until(async () => (await stage.oracle.namesUnderWaySince(Date.now())).join().includes('takingPayment'), 5_000)

    expect(await stage.oracle.namesUnderWaySince(Date.now())).toEqual([
      expect.stringMatching(new RegExp(`^order ${orderId}, not changed since 2`)),
      expect.stringMatching(
        new RegExp(`^the saga of ${orderId}, RUNNING at takingPayment, asked .*"nudges":0.*, looked at again at 2`),
      ),
    ])
    await system.ended(orderId)
  })

  it(
    'tells of a death, a dead letter, an order, a price and a lost hostile message that nobody can explain',
    LIMIT,
    async () => {
      const { system, manifest } = victim
      await system.back('inventory-service', await system.kill9('inventory-service'))
      await publishRaw(system.access().natsUrl, [{ subject: 'payment.confirmed.v1', payload: Buffer.from('7') }])
      // Nothing is wrong with it, so it never becomes the dead letter that it should.
      await manifest.inject([{ subject: 'nobody.listens.v1', payload: Buffer.from('null'), reason: 'not-json' }])
      const [lost, other] = stage.customers.purchases.map(({ orderId }) => orderId)
      const url = new URL(system.access().postgresUrl)
      url.pathname = '/order_db'
      await withClient(url.href, async (client) => {
        await client.query('DELETE FROM orders WHERE order_id = $1', [lost])
        await client.query("UPDATE orders SET order_id = 'stranger' WHERE order_id = $1", [other])
        await client.query("UPDATE product_copy SET amount = 7 WHERE sku = 'chaos-0'")
      })

      const { violations } = await judge(stage, PATIENCE_MS)

      for (const said of [
        /^order \S+ \(.+\) was accepted and does not exist$/,
        /^order stranger exists, and nobody was told of it$/,
        /^every order has one saga.*: /,
        /^dead letter \S+ on payment.confirmed.v1 is not-a-cloud-event .*: nobody injected it$/,
        /^a message on nobody.listens.v1 \(not-json\) is no dead letter$/,
        /^chaos-0 is 7, version 1 for order-service/,
        /^inventory-service died 1 times, 0 of them by our hand$/,
      ])
        expect(violations).toContainEqual(expect.stringMatching(said))
    },
  )
})
