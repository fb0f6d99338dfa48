import type { Bus, Delivery } from '@skald/messaging'
import { headers } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { type Broker, event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { startProxy } from '../test/proxy.ts'
import { BusError, type BusEvent, connect, createBus, ensureTopology, keepTopology } from './index.ts'

const topology = quickTopology()
const DURABLE = 'saga-coordinator-payment'

/** Publishes as senders do, until told to stop: every id again and again until it is acknowledged. */
const publishUnderLoad = (bus: Bus, lanes: number) => {
  const acked = new Set<string>()
  let wanted = true
  const lane = async (name: number): Promise<void> => {
    for (let index = 0; wanted; index++) {
      const id = `${name}-${index}`
      for (;;) {
        try {
          await bus.publish(event(id))
          acked.add(id)
          break
        } catch (error) {
          if (!(error instanceof BusError) || error.fault !== 'transient') throw error
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
  }
  const done = Promise.all(Array.from({ length: lanes }, (_, name) => lane(name)))
  const stop = async () => {
    wanted = false
    await done
  }
  return { acked, stop }
}

const collect = (bus: Bus) => {
  const seen = new Set<string | undefined>()
  const onDelivery = (delivery: Delivery) => {
    seen.add(delivery.msgId)
    delivery.ack()
  }
  bus.consume({ durable: DURABLE, maxInHand: 200, onDelivery })
  return seen
}

const kindsOf = (events: readonly BusEvent[]) => events.map(({ kind }) => kind)

const killUnderLoad = async (broker: Broker, how: { readonly wiped: boolean }) => {
  const admin = await joinBroker(broker, 'admin')
  const keeper = keepTopology(admin.connection, topology)
  onTestFinished(() => keeper.stop())
  await keeper.check()
  const publishing = createBus((await joinBroker(broker, 'sender')).connection, { topology })
  const consuming = await joinBroker(broker, 'reader')
  const seen = collect(createBus(consuming.connection, { topology }))
  const load = publishUnderLoad(publishing, 32)
  await expect.poll(() => seen.size, { timeout: 20_000 }).toBeGreaterThan(500)

  await broker.kill()
  await expect.poll(() => kindsOf(consuming.events)).toContain('disconnected')
  const before = load.acked.size
  await broker.start(how)
  await expect.poll(() => load.acked.size, { timeout: 20_000, interval: 10 }).toBeGreaterThan(before)
  const seenThen = seen.size
  await expect.poll(() => seen.size, { timeout: 20_000, interval: 10 }).toBeGreaterThan(seenThen)
  await expect.poll(() => load.acked.size, { timeout: 20_000 }).toBeGreaterThan(before + 500)
  await load.stop()
  return { seen, acked: load.acked, events: consuming.events }
}

test('after kill -9 of the broker under load everything goes on, and nothing acknowledged is lost', async () => {
  const { seen, acked, events } = await killUnderLoad(await startBroker(), { wiped: false })
  await expect.poll(() => acked.difference(seen).size, { timeout: 20_000 }).toBe(0)
  expect(kindsOf(events)).toContain('reconnected')
})

test('after kill -9 and the loss of the whole store everything goes on with what is published since', async () => {
  const { seen } = await killUnderLoad(await startBroker(), { wiped: true })
  // What was stored last is still on its way when the load has stopped.
  await expect.poll(() => seen.size, { timeout: 20_000 }).toBeGreaterThan(1_000)
})

test('a broker that is frozen for a while is waited for', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology, publishTimeoutMs: 500 })
  const seen = collect(bus)
  await bus.publish(event('before'))
  await expect.poll(() => seen.has('before')).toBe(true)
  await broker.freeze()
  await expect(bus.publish(event('frozen'))).rejects.toThrow(/no PubAck within 500 ms/)
  broker.thaw()
  await expect.poll(() => seen.has('frozen'), { timeout: 10_000 }).toBe(true)
  expect(await bus.publish(event('frozen'))).toMatchObject({ duplicate: true })
})

test('a consumer whose requests vanish on the way notices the silence and starts anew', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  await ensureTopology(admin.connection, topology)
  const proxy = await startProxy(broker.url())
  // Somebody listens there and says nothing; without a listener the server itself would answer.
  admin.connection.client.subscribe('$JS.OFF.>', { callback: () => undefined })
  proxy.through((sent) => sent.replaceAll('$JS.API.CONSUMER.MSG.NEXT', '$JS.OFF.CONSUMER.MSG.NEXT'))
  const events: BusEvent[] = []
  const connection = await connect({ url: proxy.url, name: 'behind', report: (each) => events.push(each) })
  onTestFinished(() => connection.close())
  const seen = collect(createBus(connection, { topology }))
  await createBus(admin.connection, { topology }).publish(event('a'))

  const lost = { kind: 'consumer-lost', durable: DURABLE, reason: 'no heartbeat' }
  await expect.poll(() => events, { timeout: 10_000 }).toContainEqual(lost)
  expect(seen.size).toBe(0)
  proxy.through((sent) => sent)
  await expect.poll(() => seen.has('a'), { timeout: 10_000 }).toBe(true)
})

test('a consumer that gets heartbeats but not what is pending for it starts anew', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  await ensureTopology(admin.connection, topology)
  const proxy = await startProxy(broker.url())
  // Somebody listens there and says nothing; without a listener the server itself would answer.
  admin.connection.client.subscribe('$JS.OFF.>', { callback: () => undefined })
  let inbox = ''
  proxy.through((sent) => {
    inbox = /PUB \$JS\.API\.CONSUMER\.MSG\.NEXT\.\S+ (\S+) /.exec(sent)?.[1] ?? inbox
    return sent.replaceAll('$JS.API.CONSUMER.MSG.NEXT', '$JS.OFF.CONSUMER.MSG.NEXT')
  })
  const beating = setInterval(() => {
    if (inbox !== '') admin.connection.client.publish(inbox, '', { headers: headers(100, 'Idle Heartbeat') })
  }, 200)
  onTestFinished(() => clearInterval(beating))
  const events: BusEvent[] = []
  const connection = await connect({ url: proxy.url, name: 'behind', report: (each) => events.push(each) })
  onTestFinished(() => connection.close())
  const seen = collect(createBus(connection, { topology }))
  await createBus(admin.connection, { topology }).publish(event('a'))

  const lost = { kind: 'consumer-lost', durable: DURABLE, reason: 'stalled, 1 pending' }
  await expect.poll(() => events, { timeout: 15_000 }).toContainEqual(lost)
  proxy.through((sent) => sent)
  await expect.poll(() => seen.has('a'), { timeout: 10_000 }).toBe(true)
})
