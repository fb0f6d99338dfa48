import {
  createTestDatabase,
  createTestNats,
  type HostedService,
  openWire,
  startHosted,
  type TestDatabase,
  type TestNats,
  type Wire,
} from '@skald/testing'
import { sagaCoordinator } from '../src/index.ts'

export interface Running {
  readonly database: TestDatabase
  readonly nats: TestNats
  readonly wire: Wire
  readonly coordinator: HostedService
  /** What it was started with, for another one beside it. */
  readonly env: Readonly<Record<string, string>>
  readonly close: () => Promise<void>
}

/** A coordinator with a database and a broker of its own, and a wire that takes the commands of these durables. */
export const startRunning = async (
  durables: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Running> => {
  const [database, nats] = await Promise.all([createTestDatabase('saga'), createTestNats()])
  const participants = more['SKALD_PARTICIPANTS']?.split(',') ?? []
  const wire = await openWire(nats.url(), durables, { participants })
  const env = { SAGA_DATABASE_URL: database.url, NATS_URL: nats.url(), COORDINATOR_PORT: '0', ...more }
  const coordinator = await startHosted(sagaCoordinator, env)
  return {
    database,
    nats,
    wire,
    coordinator,
    env,
    close: async () => {
      await coordinator.stop()
      await wire.close()
      await Promise.all([database.close(), nats.close()])
    },
  }
}
