import type { Bus } from '@skald/messaging'
import { expect, test } from 'vitest'
import { type Broker, type Client, event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { createBus, ensureTopology, permissionsOf } from './index.ts'

const topology = quickTopology()
const services = topology.services.map(({ name }) => name)
const password = 'only for this test'

const guardedBroker = async (): Promise<Broker> => {
  const broker = await startBroker([
    { user: 'admin', password },
    ...services.map((user) => ({ user, password, permissions: permissionsOf(topology, user) })),
  ])
  const admin = await joinBroker(broker, 'admin', 'admin')
  await ensureTopology(admin.connection, topology)
  return broker
}

const EVENT_OF: Record<string, string> = {
  'order-service': 'order.confirmed.v1',
  'payment-service': 'payment.confirmed.v1',
  'inventory-service': 'inventory.reserved.v1',
  'saga-coordinator': 'command.order.confirm.v1',
}

const busOf = ({ connection }: Client): Bus => {
  const durables = topology.durables.filter(({ service }) => service === connection.inboxPrefix.slice('_INBOX_'.length))
  const watched = { streams: ['EVENTS', 'COMMANDS'], durables: durables.map(({ name }) => name) }
  return createBus(connection, { topology, watched })
}

test.each(services)('%s can do all that it has to', async (service) => {
  const broker = await guardedBroker()
  const admin = createBus((await joinBroker(broker, 'admin', 'admin')).connection, { topology })
  const client = await joinBroker(broker, service, service)
  const bus = busOf(client)
  const others = Object.values(EVENT_OF).filter((subject) => subject !== EVENT_OF[service])
  const redriven = service === 'saga-coordinator' ? [...others, 'product.updated.v1', 'command.foo.v1'] : []
  for (const subject of [EVENT_OF[service], 'dead-letter.reported.v1', ...redriven]) {
    expect(await bus.publish(event(`${subject} said`, subject))).toMatchObject({ duplicate: false })
  }

  const own = topology.durables.filter((durable) => durable.service === service)
  const seen = new Set<string>()
  for (const { name, filter } of own) {
    await admin.publish(event(`for ${name}`, filter.replace('.>', '.thing.v1')))
    bus.consume({
      durable: name,
      maxInHand: 10,
      onDelivery: (delivery) => {
        seen.add(delivery.durable)
        delivery.ack()
      },
    })
  }
  await expect.poll(() => seen.size).toBe(own.length)
  const settled = own.map(({ name }) => [name, expect.objectContaining({ unacked: 0, pending: 0 })])
  await expect.poll(async () => (await bus.progress()).durables).toEqual(Object.fromEntries(settled))
  expect(client.events.filter(({ kind }) => kind === 'refused')).toEqual([])
})

test('the coordinator reads commands of unknown families, and sees how far the participants are', async () => {
  const broker = await guardedBroker()
  const admin = createBus((await joinBroker(broker, 'admin', 'admin')).connection, { topology })
  await admin.publish(event('lost', 'command.foo.bar.v1'))
  const client = await joinBroker(broker, 'saga-coordinator', 'saga-coordinator')
  const durables = ['order-service-commands', 'payment-service-commands', 'inventory-service-commands']
  const bus = createBus(client.connection, { topology, watched: { streams: [], durables } })
  const seen: string[] = []
  const onDelivery = ({ subject }: { readonly subject: string }) => seen.push(subject)
  bus.consume({ durable: 'saga-coordinator-unrouted', maxInHand: 10, onDelivery })
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['command.foo.bar.v1'])
  expect(Object.keys((await bus.progress()).durables).toSorted()).toEqual(durables.toSorted())
  expect(client.events.filter(({ kind }) => kind === 'refused')).toEqual([])
})

/** What nobody but the administrator may do, and what belongs to others. */
const forbidden = (service: string) => {
  const others = topology.durables.filter((durable) => durable.service !== service)
  // The coordinator sends anybody's dead letters again.
  const isAllowed = (other: string) => other === service || service === 'saga-coordinator'
  const said = Object.entries(EVENT_OF).filter(([other]) => !isAllowed(other))
  return {
    publish: [
      ...said.map(([, subject]) => subject),
      ...others.map(({ stream, name }) => `$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`),
      ...others.map(({ stream, name }) => `$JS.ACK.${stream}.${name}.1.1.1.1.0`),
      ...['STREAM.DELETE', 'STREAM.PURGE', 'STREAM.UPDATE', 'STREAM.MSG.DELETE', 'STREAM.SNAPSHOT'].flatMap((call) =>
        topology.streams.map(({ name }) => `$JS.API.${call}.${name}`),
      ),
      ...topology.durables.map(({ stream, name }) => `$JS.API.CONSUMER.DELETE.${stream}.${name}`),
      '$JS.API.STREAM.CREATE.MINE',
      '$JS.API.CONSUMER.CREATE.EVENTS',
      '$JS.API.CONSUMER.CREATE.EVENTS.mine',
      '$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.mine',
      '$JS.API.STREAM.MSG.GET.EVENTS',
      '$JS.API.DIRECT.GET.EVENTS.1',
      '$JS.API.STREAM.LIST',
      '$JS.API.INFO',
      '$SYS.REQ.SERVER.PING',
      '_INBOX_admin.anything',
    ],
    subscribe: [
      '>',
      'order.>',
      'payment.>',
      'command.>',
      '$JS.>',
      '$JS.API.>',
      '$JS.ACK.>',
      '$JS.EVENT.>',
      '_INBOX.>',
      ...services.filter((other) => other !== service).map((other) => `_INBOX_${other}.>`),
    ],
  }
}

test.each(services)('%s can do nothing else', async (service) => {
  const broker = await guardedBroker()
  const { connection, events } = await joinBroker(broker, service, service)
  const { publish, subscribe } = forbidden(service)
  for (const subject of publish) connection.client.publish(subject, '{}')
  for (const subject of subscribe) connection.client.subscribe(subject, { callback: () => undefined })
  await connection.client.flush()
  const refused = (operation: string) =>
    events.flatMap((each) => (each.kind === 'refused' && each.operation === operation ? [each.subject] : [])).toSorted()
  await expect.poll(() => refused('publish')).toEqual(publish.toSorted())
  await expect.poll(() => refused('subscription')).toEqual(subscribe.toSorted())
})

test('a publication that is not permitted is refused at once, and others go on', async () => {
  const broker = await guardedBroker()
  const bus = busOf(await joinBroker(broker, 'payment-service', 'payment-service'))
  const startedMs = performance.now()
  const [ours, theirs] = await Promise.allSettled([
    bus.publish(event('a')),
    bus.publish(event('b', 'order.confirmed.v1')),
  ])
  expect(ours).toMatchObject({ status: 'fulfilled' })
  expect(theirs).toMatchObject({ status: 'rejected', reason: { fault: 'refused' } })
  expect(performance.now() - startedMs).toBeLessThan(2_000)
})

test('nobody gets in without a password', async () => {
  const broker = await guardedBroker()
  const url = broker.url()
  const client = joinBroker({ ...broker, url: () => url }, 'order-service')
  await expect(client).rejects.toMatchObject({ name: 'BusError', fault: 'refused' })
})
