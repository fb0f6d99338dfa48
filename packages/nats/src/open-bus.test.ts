import { expect, onTestFinished, test } from 'vitest'
import { type Broker, event, joinBroker, quickTopology, startBroker } from '../test/broker.ts'
import { type BusEvent, createBus, dial, ensureTopology, type OpenBus, openBus } from './index.ts'

const topology = quickTopology()
const DURABLE = 'saga-coordinator-payment'

const openEarly = (broker: Broker, events: BusEvent[] = []): OpenBus => {
  const report = (each: BusEvent) => void events.push(each)
  const options = { topology, watched: { streams: ['EVENTS'], durables: [DURABLE] } }
  const opened = openBus({ url: broker.url(), name: 'early', report }, options)
  onTestFinished(() => opened.close())
  return opened
}

/** A broker that is away, with the topology in its store. */
const brokerThatIsAway = async (): Promise<Broker> => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker)
  await ensureTopology(connection, topology)
  await createBus(connection, { topology }).publish(event('a'))
  await connection.close()
  await broker.kill()
  return broker
}

test('a bus is there before its broker: it says why nothing goes, and reads what it was asked to as soon as it is', async () => {
  const broker = await brokerThatIsAway()
  const opened = openEarly(broker)
  const { bus } = opened
  const trouble = () => opened.trouble()
  const seen: string[] = []
  bus.consume({
    durable: DURABLE,
    maxInHand: 10,
    onDelivery: (delivery) => {
      seen.push(delivery.msgId ?? '')
      delivery.ack()
    },
  })
  await expect.poll(trouble).toMatch(/^not connected yet, it is tried again: .*(refused|ECONNREFUSED)/i)
  await expect(bus.publish(event('b'))).rejects.toMatchObject({ name: 'BusError', fault: 'transient' })
  await expect(bus.progress()).rejects.toMatchObject({ name: 'BusError', fault: 'transient' })

  await broker.start()
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['a'])
  expect(trouble()).toBeUndefined()
  expect(await bus.publish(event('b'))).toMatchObject({ duplicate: false })
  expect(Object.keys((await bus.progress()).durables)).toEqual([DURABLE])

  await broker.kill()
  await expect.poll(trouble, { timeout: 10_000 }).toBe('the connection was lost; it is tried again')
})

test('a subscription that was paused or stopped before there was a broker takes nothing from it', async () => {
  const broker = await brokerThatIsAway()
  const opened = openEarly(broker)
  const { bus } = opened
  const trouble = () => opened.trouble()
  const seen: string[] = []
  const consume = (durable: string) =>
    bus.consume({ durable, maxInHand: 10, onDelivery: ({ msgId = '' }) => void seen.push(`${durable} ${msgId}`) })
  const paused = consume(DURABLE)
  paused.pause()
  await consume('saga-coordinator-order').stop()
  await broker.start()
  await expect.poll(trouble, { timeout: 10_000 }).toBeUndefined()
  // What was published later is read by another one by now.
  const other = createBus((await joinBroker(broker)).connection, { topology })
  await other.publish(event('c', 'order.confirmed.v1'))
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  const options = { durable: 'saga-coordinator-order', maxInHand: 10 }
  other.consume({ ...options, onDelivery: (delivery) => resolve(delivery.msgId) })
  expect(await promise).toBe('c')
  expect(seen).toEqual([])
  paused.resume()
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual([`${DURABLE} a`])
})

test('wrong credentials are told and tried again: they may be mended on the server', async () => {
  const broker = await startBroker([{ user: 'admin', password: 'right' }])
  const events: BusEvent[] = []
  const url = broker.url('admin').replace('right', 'wr0ng-secret')
  const dialled = dial({ url, name: 'x', report: (each) => void events.push(each) }, () => undefined)
  onTestFinished(() => dialled.close())
  await expect.poll(() => dialled.trouble()).toContain('refuses user admin; check user and password')
  await broker.kill()
  await expect.poll(() => events.length, { timeout: 10_000 }).toBe(2)
  expect(events).toMatchObject([
    { kind: 'unreachable', detail: expect.stringContaining('refuses user admin') as string },
    { kind: 'unreachable', detail: expect.stringMatching(/refused/i) as string },
  ])
  expect(JSON.stringify([events, dialled.trouble()])).not.toContain('wr0ng')
})

test('dialling can be given up, and an address that is none is said at once', async () => {
  const broker = await startBroker()
  await broker.kill()
  const connected: unknown[] = []
  const report = () => undefined
  const dialled = dial({ url: broker.url(), name: 'x', report }, (connection) => void connected.push(connection))
  await dialled.close()
  await broker.start()
  const { connection } = await joinBroker(broker)
  await connection.client.flush()
  expect(connected).toEqual([])
  expect(() => dial({ url: 'http://127.0.0.1:1', name: 'x', report }, report)).toThrow(/nats:\/\//)
})
