import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNatsServer, freePort, isStopped, type NatsUser, type RunningNats, startNats } from '@skald/servers'
import { expect, onTestFinished } from 'vitest'
import { type BusEvent, type Connection, connect, orderTopology, type Topology } from '../src/index.ts'

/** A real nats-server of a test's own, which may be killed, emptied and started again. */
export interface Broker {
  url(user?: string): string
  /** Stops it without ending it; resolves when it really stands still. */
  freeze(): Promise<void>
  thaw(): void
  /** kill -9. */
  kill(): Promise<void>
  /** Starts it again on the same port; with `wiped`, without anything it had stored. */
  start(how?: { readonly wiped: boolean }): Promise<void>
}

/** Ends with the test. */
export const startBroker = async (users: readonly NatsUser[] = []): Promise<Broker> => {
  const home = mkdtempSync(join(tmpdir(), 'skald-nats-'))
  const program = await findNatsServer({ binDir: join(home, 'bin'), log: () => undefined })
  const port = await freePort()
  const dir = join(home, 'nats')
  const launch = (): Promise<RunningNats> =>
    startNats({ program, dir, logFile: join(home, 'nats.log'), port, users, throwAway: true })
  let server = await launch()
  onTestFinished(async () => {
    if (!server.hasEnded()) process.kill(server.pid, 'SIGCONT')
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  })
  return {
    url: (user) => server.url(user),
    async freeze() {
      process.kill(server.pid, 'SIGSTOP')
      await expect.poll(() => isStopped(server.pid), { interval: 5 }).toBe(true)
    },
    thaw: () => void process.kill(server.pid, 'SIGCONT'),
    async kill() {
      process.kill(server.pid, 'SIGKILL')
      await server.ended
    },
    async start({ wiped } = { wiped: false }) {
      const store = join(dir, 'store')
      if (wiped && existsSync(store)) rmSync(store, { recursive: true })
      server = await launch()
    },
  }
}

export interface Client {
  readonly connection: Connection
  /** Everything it reported, in order. */
  readonly events: BusEvent[]
}

/** Closes with the test. */
export const joinBroker = async (broker: Broker, name = 'tester', user?: string): Promise<Client> => {
  const events: BusEvent[] = []
  const connection = await connect({ url: broker.url(user), name, report: (event) => events.push(event) })
  onTestFinished(() => connection.close())
  return { connection, events }
}

/** The real topology with a short ack wait, so that a test need not wait long for a redelivery. */
export const quickTopology = (ackWaitMs = 1_000): Topology => orderTopology({ ackWaitMs })

export const event = (id: string, subject = 'payment.confirmed.v1', payload = `{"id":"${id}"}`) => ({
  subject,
  msgId: id,
  payload,
})
