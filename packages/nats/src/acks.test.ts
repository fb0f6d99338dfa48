import type { Bus, Delivery } from '@skald/messaging'
import { expect, test, vi } from 'vitest'
import { event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { createBus, ensureTopology } from './index.ts'

const topology = quickTopology(30_000)
const DURABLE = 'saga-coordinator-payment'

/** Two clients of one broker: acks of the first, as the second sees them. */
const twoClients = async () => {
  const broker = await startBroker()
  const [reader, watcher] = [await joinBroker(broker), await joinBroker(broker)]
  await ensureTopology(watcher.connection, topology)
  const watched = { streams: [], durables: [DURABLE] }
  const watching = createBus(watcher.connection, { topology, watched })
  return {
    connection: reader.connection,
    bus: createBus(reader.connection, { topology }),
    ackFloor: async () => (await watching.progress()).durables[DURABLE]?.ackFloor,
  }
}

const receive = (bus: Bus, count: number): Promise<readonly Delivery[]> =>
  new Promise((resolve) => {
    const deliveries: Delivery[] = []
    const onDelivery = (delivery: Delivery): void => {
      deliveries.push(delivery)
      if (deliveries.length === count) resolve(deliveries)
    }
    bus.consume({ durable: DURABLE, maxInHand: 10, onDelivery })
  })

test('an ack reaches the broker also when nothing else is ever sent', async () => {
  const { bus, ackFloor } = await twoClients()
  await bus.publish(event('a'))
  const [delivery] = await receive(bus, 1)
  delivery?.ack()
  await expect.poll(ackFloor).toBe(1)
})

test('an ack waits for company, and leaves with the next message', async () => {
  const { bus, connection } = await twoClients()
  await bus.publish(event('a'))
  const [delivery] = await receive(bus, 1)
  const sent = vi.spyOn(connection.client, 'publish')
  delivery?.ack()
  expect(sent).not.toHaveBeenCalled()
  const published = bus.publish(event('b'))
  expect(sent.mock.calls.map(([subject]) => subject)).toEqual([
    expect.stringMatching(/^\$JS\.ACK\./),
    'payment.confirmed.v1',
  ])
  await published
})

test('an ack that waits for company leaves before the connection is closed', async () => {
  const { bus, connection, ackFloor } = await twoClients()
  await Promise.all([bus.publish(event('a')), bus.publish(event('b'))])
  const deliveries = await receive(bus, 2)
  for (const delivery of deliveries) delivery.ack()
  await connection.close()
  expect(await ackFloor()).toBe(2)
})
