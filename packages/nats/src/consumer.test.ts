import type { Bus, Delivery } from '@skald/messaging'
import { expect, test } from 'vitest'
import { event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { createBus, ensureTopology } from './index.ts'

const topology = quickTopology()
const DURABLE = 'saga-coordinator-payment'

/** A bus on a broker of its own, with the topology made. */
const freshBus = async (plan = topology) => {
  const broker = await startBroker()
  const client = await joinBroker(broker)
  await ensureTopology(client.connection, plan)
  const watched = { streams: ['EVENTS', 'COMMANDS'], durables: plan.durables.map(({ name }) => name) }
  return { broker, ...client, bus: createBus(client.connection, { topology: plan, watched }) }
}

const publishMany = (bus: Bus, count: number, subject?: string) =>
  Promise.all(Array.from({ length: count }, (_, index) => bus.publish(event(`m-${subject}-${index}`, subject))))

const durableOf = async (bus: Bus, name = DURABLE) => (await bus.progress()).durables[name]

test('a delivery carries what was published and where it stands', async () => {
  const { bus } = await freshBus()
  await bus.publish(event('a', 'payment.failed.v1', 'größe'))
  const delivery = await new Promise<Delivery>((resolve) => {
    bus.consume({ durable: DURABLE, maxInHand: 10, onDelivery: resolve })
  })
  expect(delivery).toMatchObject({
    durable: DURABLE,
    subject: 'payment.failed.v1',
    msgId: 'a',
    deliveries: 1,
    sequence: 1,
  })
  expect(Buffer.from(delivery.payload).toString()).toBe('größe')
  delivery.ack()
  await expect.poll(() => durableOf(bus)).toEqual({ stream: 'EVENTS', ackFloor: 1, pending: 0, unacked: 0 })
})

test('a message that nobody published through us has no id, and is handed out all the same', async () => {
  const { bus, connection } = await freshBus()
  connection.client.publish('payment.failed.v1', 'bare')
  const delivery = await new Promise<Delivery>((resolve) => {
    bus.consume({ durable: DURABLE, maxInHand: 10, onDelivery: resolve })
  })
  expect(delivery.msgId).toBeUndefined()
  expect(Buffer.from(delivery.payload).toString()).toBe('bare')
})

test('never more is in hand than was allowed, and all of it comes', async () => {
  const { bus } = await freshBus()
  await publishMany(bus, 3_000)
  const inHand = new Set<Delivery>()
  const seen = new Set<number>()
  let most = 0
  bus.consume({
    durable: DURABLE,
    maxInHand: 50,
    onDelivery: (delivery) => {
      inHand.add(delivery)
      seen.add(delivery.sequence)
      most = Math.max(most, inHand.size)
      setImmediate(() => {
        inHand.delete(delivery)
        delivery.ack()
      })
    },
  })
  await expect.poll(() => durableOf(bus), { timeout: 10_000 }).toMatchObject({ ackFloor: 3_000, unacked: 0 })
  expect(seen.size).toBe(3_000)
  expect(most).toBeGreaterThan(10)
  expect(most).toBeLessThanOrEqual(50)
})

test('hands that are full take no more until something is settled', async () => {
  const { bus } = await freshBus(quickTopology(30_000))
  await publishMany(bus, 20)
  const inHand: Delivery[] = []
  bus.consume({ durable: DURABLE, maxInHand: 8, onDelivery: (delivery) => inHand.push(delivery) })
  await expect.poll(() => inHand.length).toBe(8)
  expect(await durableOf(bus)).toMatchObject({ pending: 12, unacked: 8 })
  inHand[0]?.ack()
  await expect.poll(() => inHand.length).toBe(9)
  for (const delivery of inHand.slice(1)) delivery.ack()
  await expect.poll(() => inHand.length).toBe(17)
})

test('what is not settled comes again after the ack wait, unless more time is asked for', async () => {
  const { bus } = await freshBus()
  await publishMany(bus, 2)
  const first = new Map<number, number>()
  const again = new Map<number, number>()
  const working: Delivery[] = []
  bus.consume({
    durable: DURABLE,
    maxInHand: 10,
    onDelivery: (delivery) => {
      const times = delivery.deliveries === 1 ? first : again
      times.set(delivery.sequence, performance.now())
      if (delivery.deliveries > 1) delivery.ack()
      else if (delivery.sequence === 2) working.push(delivery)
    },
  })
  const asking = setInterval(() => working[0]?.working(), 200)
  await expect.poll(() => again.has(1), { timeout: 5_000 }).toBe(true)
  expect((again.get(1) ?? 0) - (first.get(1) ?? 0)).toBeGreaterThan(900)
  await expect.poll(() => performance.now() - (first.get(2) ?? 0), { timeout: 5_000 }).toBeGreaterThan(1_800)
  expect(again.has(2)).toBe(false)
  clearInterval(asking)
  await expect.poll(() => again.has(2), { timeout: 5_000 }).toBe(true)
})

test('what is given back comes again after the delay, and only the first way to settle counts', async () => {
  const { bus } = await freshBus(quickTopology(30_000))
  await bus.publish(event('a'))
  const times: number[] = []
  bus.consume({
    durable: DURABLE,
    maxInHand: 10,
    onDelivery: (delivery) => {
      times.push(performance.now())
      if (delivery.deliveries === 1) delivery.nak(400)
      else if (delivery.deliveries === 2) delivery.nak(0)
      delivery.ack()
      delivery.nak(0)
    },
  })
  await expect.poll(() => durableOf(bus)).toMatchObject({ ackFloor: 1, unacked: 0 })
  expect(times).toHaveLength(3)
  const [first = 0, second = 0, third = 0] = times
  expect(second - first).toBeGreaterThanOrEqual(390)
  expect(third - second).toBeLessThan(300)
})

test('a handler that throws loses nothing and stops nothing', async () => {
  const { bus, events } = await freshBus()
  await publishMany(bus, 3)
  const acked: number[] = []
  bus.consume({
    durable: DURABLE,
    maxInHand: 10,
    onDelivery: (delivery) => {
      if (delivery.deliveries === 1 && delivery.sequence === 2) throw new Error('planted')
      acked.push(delivery.sequence)
      delivery.ack()
    },
  })
  await expect.poll(() => durableOf(bus), { timeout: 5_000 }).toMatchObject({ ackFloor: 3 })
  expect(acked).toEqual([1, 3, 2])
  expect(events.filter(({ kind }) => kind === 'handler-threw')).toHaveLength(1)
})

test('a paused consumer asks for nothing, and goes on when resumed', async () => {
  const { bus } = await freshBus()
  let count = 0
  const subscription = bus.consume({
    durable: DURABLE,
    maxInHand: 10,
    onDelivery: (delivery) => {
      count++
      delivery.ack()
    },
  })
  await publishMany(bus, 5, 'payment.failed.v1')
  await expect.poll(() => count).toBe(5)
  subscription.pause()
  await publishMany(bus, 50, 'payment.confirmed.v1')
  // What had been asked for before the pause still comes, at most what may be in hand.
  await expect
    .poll(() => durableOf(bus))
    .toMatchObject({ unacked: 0, pending: expect.toSatisfy((n: number) => n >= 40) })
  const whilePaused = count
  expect(whilePaused).toBeLessThanOrEqual(15)
  subscription.resume()
  await expect.poll(() => count).toBe(55)
})

test('stopping gives back at once what is on its way, and leaves what was handed out to be settled', async () => {
  const { bus, broker } = await freshBus(quickTopology(30_000))
  await publishMany(bus, 2_000)
  const mine: Delivery[] = []
  const subscription = bus.consume({
    durable: DURABLE,
    maxInHand: 1_000,
    onDelivery: (delivery) => mine.push(delivery),
  })
  await expect.poll(() => mine.length).toBeGreaterThan(0)
  await subscription.stop()
  await subscription.stop()
  const handedOut = mine.length
  for (const delivery of mine) delivery.ack()

  const other = await joinBroker(broker, 'other')
  const others = new Set<number>()
  createBus(other.connection, { topology: quickTopology(30_000) }).consume({
    durable: DURABLE,
    maxInHand: 100,
    onDelivery: (delivery) => {
      others.add(delivery.sequence)
      delivery.ack()
    },
  })
  await expect.poll(() => durableOf(bus), { timeout: 10_000 }).toMatchObject({ ackFloor: 2_000, unacked: 0 })
  expect(mine).toHaveLength(handedOut)
  for (const delivery of mine) expect(others.has(delivery.sequence)).toBe(false)
  expect(others.size + handedOut).toBe(2_000)
})

test('two processes share a durable: each message goes to one of them, and neither is taken for silent', async () => {
  const { bus, broker, events } = await freshBus(quickTopology(30_000))
  const other = await joinBroker(broker, 'other')
  const otherBus = createBus(other.connection, { topology: quickTopology(30_000) })
  const counts = [0, 0]
  const seen = new Set<number>()
  for (const [index, each] of [bus, otherBus].entries()) {
    each.consume({
      durable: DURABLE,
      maxInHand: 20,
      onDelivery: (delivery) => {
        counts[index] = (counts[index] ?? 0) + 1
        seen.add(delivery.sequence)
        setImmediate(() => delivery.ack())
      },
    })
  }
  await publishMany(bus, 8_000)
  await expect.poll(() => durableOf(bus), { timeout: 15_000 }).toMatchObject({ ackFloor: 8_000, unacked: 0 })
  expect(seen.size).toBe(8_000)
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(8_000)
  for (const count of counts) expect(count).toBeGreaterThan(500)
  expect([...events, ...other.events].filter(({ kind }) => kind === 'consumer-lost')).toEqual([])
})

test('a subject that another durable of the service reads is acked unseen', async () => {
  const { bus } = await freshBus()
  const seen: string[] = []
  for (const durable of ['saga-coordinator-starts', 'saga-coordinator-order']) {
    bus.consume({
      durable,
      maxInHand: 10,
      onDelivery: (delivery) => {
        seen.push(`${durable} ${delivery.subject}`)
        delivery.ack()
      },
    })
  }
  await bus.publish(event('a', 'order.created.v1'))
  await bus.publish(event('b', 'order.confirmed.v1'))
  await expect.poll(() => durableOf(bus, 'saga-coordinator-order')).toMatchObject({ ackFloor: 2, unacked: 0 })
  await expect
    .poll(() => seen.toSorted())
    .toEqual(['saga-coordinator-order order.confirmed.v1', 'saga-coordinator-starts order.created.v1'])
})

test('commands of a family that no durable reads are found and handed out once', async () => {
  const { bus } = await freshBus()
  await publishMany(bus, 30, 'command.order.confirm.v1')
  await publishMany(bus, 7, 'command.foo.bar.v1')
  await publishMany(bus, 4, 'command.foo')
  const seen: Delivery[] = []
  bus.consume({
    durable: 'saga-coordinator-unrouted',
    maxInHand: 5,
    onDelivery: (delivery) => {
      seen.push(delivery)
      if (delivery.deliveries === 1 && delivery.sequence === 33) delivery.nak(100)
      else delivery.ack()
    },
  })
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(12)
  expect(new Set(seen.map(({ sequence }) => sequence)).size).toBe(11)
  expect(seen[0]).toMatchObject({ durable: 'saga-coordinator-unrouted', deliveries: 1 })
  expect(seen.map(({ msgId }) => msgId)).toContain('m-command.foo.bar.v1-6')
  await bus.publish(event('later', 'command.baz.v1', 'text'))
  await expect.poll(() => Buffer.from(seen.at(-1)?.payload ?? '').toString(), { timeout: 10_000 }).toBe('text')
  expect(seen).toHaveLength(13)
})
