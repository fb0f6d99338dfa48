import { type HostedService, type RunningService, startRunning as startService } from '@skald/testing'
import { sagaCoordinator } from '../src/index.ts'

export interface Running extends Pick<RunningService, 'database' | 'nats' | 'wire' | 'env' | 'close'> {
  readonly coordinator: HostedService
}

/** A coordinator with a database and a broker of its own, and a wire that takes the commands of these durables. */
export const startRunning = async (
  durables: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Running> => {
  const running = await startService(sagaCoordinator, { database: 'saga', port: 'COORDINATOR_PORT', durables, env })
  return { ...running, coordinator: running.service }
}
