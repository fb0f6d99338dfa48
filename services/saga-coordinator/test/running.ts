import { randomUUID } from 'node:crypto'
import { orderCreated } from '@skald/contracts'
import { eventually, type HostedService, type RunningService, startRunning as startService } from '@skald/testing'
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

/** A saga that has asked for its stock; gives its id, which is that of its order, too. */
export const startSaga = async ({ wire, coordinator }: Running): Promise<string> => {
  const sagaId = randomUUID()
  const price = { amount: 100, currency: 'EUR' }
  const items = [{ sku: 'A', quantity: 1, price }]
  await wire.send(orderCreated({ orderId: sagaId, sagaId, customerId: 'c1', items, total: price }), {
    correlationId: sagaId,
  })
  await eventually(async () => {
    const { state } = (await coordinator.http.inject({ method: 'GET', url: `/sagas/${sagaId}` })).json()
    if (state !== 'reservingStock') throw new Error(`saga ${sagaId} is at ${JSON.stringify(state)}`)
  })
  return sagaId
}
