import { setTimeout as wait } from 'node:timers/promises'
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { isAlive } from '@skald/servers'
import { eventually } from '@skald/testing'
import pg from 'pg'
import { type Process, processes, serviceProcesses } from './processes.ts'
import type { System } from './system.ts'

/** Something that happens to a running system and that it must live through. */
export interface Fault {
  readonly name: string
  /** Resolves when the fault is over, or has done what it does; not when the system has recovered from it. */
  inflict(): Promise<void>
}

/** Longer than the ack wait of two seconds, and than any batch takes. */
const FREEZE_MS = 4_000

export const killed = (system: System, name: Process): Fault => ({
  name: `${name} killed`,
  inflict: async () => void (await system.kill9(name)),
})

/** As a rollout does it: SIGTERM, and the successor starts when it has ended by itself. */
export const restarted = (system: System, name: Process): Fault => ({
  name: `${name} restarted`,
  async inflict() {
    const pid = await eventually(() => system.pid(name), { timeoutMs: 60_000 })
    process.kill(pid, 'SIGTERM')
    await eventually(
      () => {
        if (isAlive(pid)) throw new Error(`${name} takes its time to stop`)
      },
      { timeoutMs: 30_000 },
    )
  },
})

export const frozen = (system: System, name: Process): Fault => ({
  name: `${name} frozen`,
  async inflict() {
    const goOn = await eventually(() => system.freeze(name), { timeoutMs: 60_000 })
    // The fault itself lasts so long; nothing is waited for.
    await wait(FREEZE_MS)
    goOn()
  },
})

export const connectionsCut = (system: System): Fault => ({
  name: 'every database connection cut',
  inflict: () =>
    eventually(
      async () => {
        const client = new pg.Client({ connectionString: system.access().postgresUrl })
        client.on('error', () => undefined)
        await client.connect()
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()')
        await client.end()
      },
      { timeoutMs: 60_000 },
    ),
})

/** Does it as soon as the broker is there and has what is to be deleted. */
const atTheBroker = (system: System, act: (manager: JetStreamManager) => Promise<unknown>): Promise<void> =>
  eventually(
    async () => {
      const connection = await system.broker()
      try {
        await act(await jetstreamManager(connection))
      } finally {
        await connection.close()
      }
    },
    { timeoutMs: 60_000 },
  )

export const streamDeleted = (system: System, stream: 'EVENTS' | 'COMMANDS'): Fault => ({
  name: `stream ${stream} deleted`,
  inflict: () => atTheBroker(system, (manager) => manager.streams.delete(stream)),
})

export const durablesDeleted = (system: System, stream: 'EVENTS' | 'COMMANDS'): Fault => ({
  name: `durables of ${stream} deleted`,
  inflict: () =>
    atTheBroker(system, async (manager) => {
      for await (const { name } of manager.consumers.list(stream)) await manager.consumers.delete(stream, name)
    }),
})

export const storeLost = (system: System): Fault => ({
  name: "the broker's store lost",
  inflict: async () => void (await system.wipeBroker()),
})

/** Everything that these tests do to a system. */
export const allFaults = (system: System): readonly Fault[] => [
  ...processes.map((name) => killed(system, name)),
  ...serviceProcesses.map((name) => restarted(system, name)),
  ...[...serviceProcesses, 'nats' as const].map((name) => frozen(system, name)),
  connectionsCut(system),
  streamDeleted(system, 'EVENTS'),
  streamDeleted(system, 'COMMANDS'),
  durablesDeleted(system, 'EVENTS'),
  durablesDeleted(system, 'COMMANDS'),
  storeLost(system),
]
