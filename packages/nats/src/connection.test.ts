import { expect, onTestFinished, test, vi } from 'vitest'
import { joinBroker, startBroker } from '../test/broker.ts'
import { BusError, type BusEvent, connect } from './index.ts'

const silent = (): void => undefined

test('a service that starts before the broker waits for it', async () => {
  const broker = await startBroker()
  await broker.kill()
  const events: BusEvent[] = []
  const connecting = connect({ url: broker.url(), name: 'early', report: (event) => events.push(event) })
  await expect.poll(() => events.map(({ kind }) => kind)).toEqual(['unreachable'])
  await broker.start()
  const connection = await connecting
  onTestFinished(() => connection.close())
  expect(connection.isUp()).toBe(true)
  expect(events.at(-1)).toMatchObject({ kind: 'connected' })
  // However often it was tried, the same reason is told once.
  expect(events).toHaveLength(2)
})

test('waiting for a broker can be given up', async () => {
  const broker = await startBroker()
  await broker.kill()
  const giveUp = new AbortController()
  const connecting = connect({ url: broker.url(), name: 'early', report: () => giveUp.abort(), signal: giveUp.signal })
  await expect(connecting).rejects.toThrow(/given up/)
})

test('wrong credentials are said at once, without the password', async () => {
  const broker = await startBroker([{ user: 'admin', password: 'right' }])
  const url = broker.url('admin').replace('right', 'wr0ng-secret')
  const refused = await connect({ url, name: 'x', report: silent }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(BusError)
  expect(refused).toMatchObject({ fault: 'refused', message: expect.stringContaining('user admin') })
  expect(JSON.stringify([refused, String(refused)])).not.toContain('wr0ng')
  const connection = (await joinBroker(broker, 'admin', 'admin')).connection
  expect(connection.isUp()).toBe(true)
})

test('a connection that must be encrypted is not made in the clear', async () => {
  const broker = await startBroker()
  const events: BusEvent[] = []
  const giveUp = new AbortController()
  const report = (event: BusEvent) => {
    events.push(event)
    giveUp.abort()
  }
  const url = broker.url().replace('nats://', 'tls://')
  await expect(connect({ url, name: 'x', report, signal: giveUp.signal })).rejects.toThrow(/given up/)
  expect(events).toMatchObject([{ kind: 'unreachable', detail: expect.stringContaining('tls') }])
})

test.each(['', 'http://127.0.0.1:4222', 'nats://', 'nats://user:sec%ret@:1', '127.0.0.1:notaport'])(
  'the URL "%s" is refused with advice',
  async (url) => {
    const refused = await connect({ url, name: 'x', report: silent }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ name: 'BusError', fault: 'refused', message: expect.stringMatching(/nats:\/\//) })
    expect(String(refused)).not.toContain('sec%ret')
  },
)

test('a connection comes back although the clock is set back while it is tried again', async () => {
  const broker = await startBroker()
  const { connection } = await joinBroker(broker, 'skewed')
  onTestFinished(() => void vi.useRealTimers())
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 })
  await broker.kill()
  await expect.poll(() => connection.isUp()).toBe(false)
  vi.useRealTimers()
  await broker.start()
  await expect.poll(() => connection.isUp(), { timeout: 10_000 }).toBe(true)
})

test('closing ends a connection that is up, and one that is waiting to come back', async () => {
  const broker = await startBroker()
  const up = await joinBroker(broker, 'up')
  await up.connection.close()
  expect(up.connection.isUp()).toBe(false)
  const down = await joinBroker(broker, 'down')
  await broker.kill()
  await expect.poll(() => down.connection.isUp()).toBe(false)
  await down.connection.close()
  await down.connection.close()
  expect(down.events.at(-1)).toMatchObject({ kind: 'disconnected' })
})
