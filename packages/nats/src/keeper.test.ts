import { jetstreamManager } from '@nats-io/jetstream'
import type { Bus, Delivery } from '@skald/messaging'
import { expect, onTestFinished, test } from 'vitest'
import { type Client, event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { createBus, ensureTopology, type KeeperOptions, keepTopology, TopologyError } from './index.ts'

const topology = quickTopology()
const DURABLE = 'saga-coordinator-payment'

const managerOf = ({ connection }: Client) => jetstreamManager(connection.client, { checkAPI: false })

const keep = ({ connection }: Client, options: KeeperOptions = {}) => {
  const keeper = keepTopology(connection, topology, options)
  onTestFinished(() => keeper.stop())
  return keeper
}

const busOf = ({ connection }: Client): Bus =>
  createBus(connection, { topology, watched: { streams: ['EVENTS', 'COMMANDS'], durables: [DURABLE] } })

/** Publishes until it is stored: what every sender does, since its database has the message. */
const publishSurely = (bus: Bus, id: string) =>
  expect
    .poll(() => bus.publish(event(id)).then(() => 'stored', String), { timeout: 10_000, interval: 20 })
    .toBe('stored')

const consumeAll = (bus: Bus): Delivery[] => {
  const seen: Delivery[] = []
  const onDelivery = (delivery: Delivery) => {
    seen.push(delivery)
    delivery.ack()
  }
  bus.consume({ durable: DURABLE, maxInHand: 100, onDelivery })
  return seen
}

const idsOf = (seen: readonly Delivery[]) => seen.map(({ msgId }) => msgId)

test('the topology is made once, and made good when somebody changed it', async () => {
  const broker = await startBroker()
  const client = await joinBroker(broker)
  const { connection } = client
  const first = await ensureTopology(connection, topology)
  expect(first.changes).toHaveLength(topology.streams.length + topology.durables.length)
  expect((await ensureTopology(connection, topology)).changes).toEqual([])

  const manager = await managerOf(client)
  await manager.streams.update('EVENTS', { max_age: 600_000_000_000, max_msg_size: 77 })
  await manager.consumers.update('EVENTS', DURABLE, { max_deliver: 3, ack_wait: 9_000_000_000 })
  await manager.consumers.delete('COMMANDS', 'payment-service-commands')
  expect((await ensureTopology(connection, topology)).changes).toEqual([
    { change: 'updated', what: 'stream EVENTS' },
    { change: 'updated', what: `durable ${DURABLE}` },
    { change: 'made', what: 'durable payment-service-commands' },
  ])
  expect((await ensureTopology(connection, topology)).changes).toEqual([])
})

test('several may make the topology at the same time', async () => {
  const broker = await startBroker()
  const clients = await Promise.all(['one', 'two', 'three', 'four'].map((name) => joinBroker(broker, name)))
  await Promise.all(clients.map(({ connection }) => ensureTopology(connection, topology)))
  for (const { connection } of clients) expect((await ensureTopology(connection, topology)).changes).toEqual([])
})

test('a durable that read something else is made anew from the beginning', async () => {
  const broker = await startBroker()
  const client = await joinBroker(broker)
  const narrow = topology.durables.map((durable) =>
    durable.name === DURABLE ? { ...durable, filter: 'payment.failed.v1' } : durable,
  )
  await ensureTopology(client.connection, { ...topology, durables: narrow })
  await busOf(client).publish(event('before'))
  const { changes } = await ensureTopology(client.connection, topology)
  expect(changes).toEqual([{ change: 'remade', what: `durable ${DURABLE}` }])
  const seen = consumeAll(busOf(client))
  await expect.poll(() => idsOf(seen)).toEqual(['before'])
})

test('a stream that cannot be brought to the plan is left alone, and the fault names the field', async () => {
  const broker = await startBroker()
  const client = await joinBroker(broker)
  const manager = await managerOf(client)
  await manager.streams.add({ name: 'COMMANDS', subjects: ['command.>'], retention: 'workqueue' })
  const made = (await manager.streams.info('COMMANDS')).created
  await expect(ensureTopology(client.connection, topology)).rejects.toThrow(TopologyError)
  await expect(ensureTopology(client.connection, topology)).rejects.toThrow(/stream COMMANDS.*retention/)
  expect((await manager.streams.info('COMMANDS')).created).toBe(made)
  const keeper = keep(client)
  await keeper.check()
  expect(keeper.trouble()).toMatch(/stream COMMANDS/)
  expect(client.events.filter(({ kind }) => kind === 'topology-unkept')).toHaveLength(1)
})

test('a deleted durable goes on where it stood', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  const keeper = keep(admin)
  await keeper.check()
  expect(keeper.trouble()).toBeUndefined()
  const client = await joinBroker(broker)
  const bus = busOf(client)
  const seen = consumeAll(bus)
  for (let index = 0; index < 20; index++) await bus.publish(event(`old-${index}`))
  await expect.poll(async () => (await bus.progress()).durables[DURABLE]).toMatchObject({ ackFloor: 20 })
  await keeper.check()

  await (await managerOf(admin)).consumers.delete('EVENTS', DURABLE)
  const startedMs = performance.now()
  await bus.publish(event('new'))
  await expect.poll(() => idsOf(seen).at(-1), { timeout: 5_000 }).toBe('new')
  expect(performance.now() - startedMs).toBeLessThan(2_000)
  expect(seen).toHaveLength(21)
})

test('a service may know better than the keeper where a durable stood; a new stream starts from the beginning', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  await ensureTopology(admin.connection, topology)
  const bus = busOf(admin)
  for (let index = 1; index <= 9; index++) await bus.publish(event(`m-${index}`))
  const { incarnation } = (await bus.progress()).streams['EVENTS'] ?? {}
  const manager = await managerOf(admin)
  await manager.consumers.delete('EVENTS', DURABLE)
  keep(admin, { lowWater: async (durable, of) => (durable === DURABLE && of === incarnation ? 7 : undefined) })
  const seen = consumeAll(bus)
  await expect.poll(() => idsOf(seen), { timeout: 5_000 }).toEqual(['m-8', 'm-9'])

  await manager.streams.delete('EVENTS')
  await publishSurely(bus, 'first-of-the-new')
  await expect.poll(() => idsOf(seen).at(-1), { timeout: 5_000 }).toBe('first-of-the-new')
  expect(seen.at(-1)?.sequence).toBe(1)
  expect((await bus.progress()).streams['EVENTS']?.incarnation).not.toBe(incarnation)
})

test('a stream deleted under load is made when its files are gone, so that it hands out what it takes', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  const keeper = keep(admin)
  await keeper.check()
  const bus = busOf(await joinBroker(broker))
  const seen = consumeAll(bus)
  await bus.publish(event('before'))
  await expect.poll(() => idsOf(seen)).toEqual(['before'])

  await (await managerOf(admin)).streams.delete('EVENTS')
  const startedMs = performance.now()
  await keeper.check()
  expect(keeper.trouble()).toMatch(/EVENTS/)
  await publishSurely(bus, 'after')
  expect(performance.now() - startedMs).toBeGreaterThan(900)
  await expect.poll(() => idsOf(seen).at(-1), { timeout: 10_000, interval: 20 }).toBe('after')
  await keeper.check()
  expect(keeper.trouble()).toBeUndefined()
})

/** When the stream stands again, by this process's clock. */
const madeMs = async (client: Client, stream: string): Promise<number> => {
  const manager = await managerOf(client)
  const made = () => manager.streams.info(stream).then(() => 'made', String)
  await expect.poll(made, { timeout: 10_000, interval: 10 }).toBe('made')
  return performance.now()
}

test('a stream deleted while the keeper was away is made when its files are gone: the server is the same', async () => {
  const broker = await startBroker()
  const [admin, other] = [await joinBroker(broker, 'admin'), await joinBroker(broker, 'other')]
  await keep(admin).check()
  const happened = (wanted: string) => () => admin.events.some(({ kind }) => kind === wanted)
  void admin.connection.client.reconnect()
  await expect.poll(happened('disconnected'), { interval: 1 }).toBe(true)
  await (await managerOf(other)).streams.delete('EVENTS')
  await expect.poll(happened('reconnected'), { timeout: 10_000, interval: 1 }).toBe(true)
  const backMs = performance.now()
  expect((await madeMs(other, 'EVENTS')) - backMs).toBeGreaterThan(800)
})

test('a stream deleted right before a keeper began is made when its files are gone', async () => {
  const broker = await startBroker()
  const [admin, late] = [await joinBroker(broker, 'admin'), await joinBroker(broker, 'late')]
  await ensureTopology(admin.connection, topology)
  await (await managerOf(admin)).streams.delete('EVENTS')
  const beganMs = performance.now()
  keep(late)
  expect((await madeMs(admin, 'EVENTS')) - beganMs).toBeGreaterThan(900)
})

test('a broker that lost its whole store is whole again within seconds, and consumers go on by themselves', async () => {
  const broker = await startBroker()
  const admin = await joinBroker(broker, 'admin')
  await keep(admin).check()
  const client = await joinBroker(broker)
  const bus = busOf(client)
  const seen = consumeAll(bus)
  await bus.publish(event('before'))
  await expect.poll(() => idsOf(seen)).toEqual(['before'])

  await broker.kill()
  await broker.start({ wiped: true })
  const startedMs = performance.now()
  await publishSurely(bus, 'after')
  await expect.poll(() => idsOf(seen).at(-1), { timeout: 10_000, interval: 20 }).toBe('after')
  const tookMs = performance.now() - startedMs
  expect(tookMs).toBeLessThan(5_000)
})
