import { expect, test } from 'vitest'
import { event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { BusError, createBus, ensureTopology } from './index.ts'

const topology = quickTopology()

const faultOf = async (published: Promise<unknown>): Promise<string> => {
  try {
    await published
    return 'none'
  } catch (error) {
    return error instanceof BusError ? error.fault : `not a BusError: ${String(error)}`
  }
}

test('a publication is stored once, however often it is sent within the dedupe window', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology })

  expect(await bus.publish(event('a'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: false })
  expect(await bus.publish(event('b'))).toEqual({ stream: 'EVENTS', sequence: 2, duplicate: false })
  expect(await bus.publish(event('a'))).toEqual({ stream: 'EVENTS', sequence: 1, duplicate: true })
  expect(await bus.publish(event('a:1'))).toEqual({ stream: 'EVENTS', sequence: 3, duplicate: false })
  expect(await bus.publish(event('c', 'command.order.confirm.v1'))).toMatchObject({ stream: 'COMMANDS', sequence: 1 })
})

test('any text is a message id, and none breaks out of its header', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology })
  const sent: Record<string, string> = {
    plain: 'plain',
    'größe:1': 'größe:1',
    '{"a":[1]}': '{"a":[1]}',
    'with space': 'with%0020space',
    'with%0020space': 'with%00250020space',
    'a\r\nNats-Expected-Stream: COMMANDS': 'a%000d%000aNats-Expected-Stream:%0020COMMANDS',
    '\ud800': '%d800',
    ' ': '%0020',
    '\u0000': '%0000',
    '😀': '😀',
  }
  const ids = Object.keys(sent)

  const msgIds = new Promise<(string | undefined)[]>((resolve) => {
    const seen: (string | undefined)[] = []
    bus.consume({
      durable: 'saga-coordinator-payment',
      maxInHand: 10,
      onDelivery: (delivery) => {
        delivery.ack()
        if (seen.push(delivery.msgId) === ids.length) resolve(seen)
      },
    })
  })
  for (const id of ids) expect(await bus.publish(event(id))).toMatchObject({ duplicate: false })
  for (const id of ids) expect(await bus.publish(event(id))).toMatchObject({ duplicate: true })
  expect(await msgIds).toEqual(Object.values(sent))
})

test('what can never be stored is refused, everything else may be sent again', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  const bus = createBus(connection, { topology })

  expect(await faultOf(bus.publish(event('a')))).toBe('transient')
  await ensureTopology(connection, topology)
  expect(await faultOf(bus.publish(event('a')))).toBe('none')
  for (const subject of ['shipping.sent.v1', 'order.*', 'order.>', 'order', 'order..v1', 'order.a b', '']) {
    expect([subject, await faultOf(bus.publish(event('x', subject)))]).toEqual([subject, 'refused'])
  }
  expect(await faultOf(bus.publish(event('y', 'order.created.v1', 'x'.repeat(1_100_000))))).toBe('refused')
  expect(await faultOf(bus.publish(event('y', 'order.created.v1', 'x'.repeat(1_000_000))))).toBe('none')

  const strict = { ...topology, streams: topology.streams.map((stream) => ({ ...stream, maxMessageBytes: 1_000 })) }
  await ensureTopology(connection, strict)
  expect(await faultOf(bus.publish(event('z', 'order.created.v1', 'x'.repeat(1_001))))).toBe('refused')
})

test('more publications than may be pending wait for their turn', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology, maxPending: 7 })

  const acks = await Promise.all(Array.from({ length: 5_000 }, (_, index) => bus.publish(event(`burst-${index}`))))
  expect(acks.map(({ sequence }) => sequence)).toEqual(acks.map((_, index) => index + 1))
})

test('a publication without an answer times out, and its repeat is known to be one', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology, publishTimeoutMs: 300 })
  await bus.publish(event('first'))

  await broker.freeze()
  const startedMs = performance.now()
  const faults = await Promise.all([faultOf(bus.publish(event('a'))), faultOf(bus.publish(event('b')))])
  const tookMs = performance.now() - startedMs
  broker.thaw()

  expect(faults).toEqual(['transient', 'transient'])
  expect(tookMs).toBeGreaterThanOrEqual(300)
  expect(await bus.publish(event('a'))).toEqual({ stream: 'EVENTS', sequence: 2, duplicate: true })
})

test('when the connection is lost, what is pending and what is published meanwhile is rejected at once', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  const bus = createBus(connection, { topology, maxPending: 2 })

  await broker.freeze()
  const pending = Array.from({ length: 5 }, (_, index) => faultOf(bus.publish(event(`pending-${index}`))))
  await broker.kill()
  const startedMs = performance.now()
  expect(await Promise.all(pending)).toEqual(Array(5).fill('transient'))
  expect(connection.isUp()).toBe(false)
  expect(await faultOf(bus.publish(event('while down')))).toBe('transient')
  expect(performance.now() - startedMs).toBeLessThan(1_000)

  await broker.start()
  await expect.poll(() => faultOf(bus.publish(event('again'))), { timeout: 10_000 }).toBe('none')
})
