import { randomUUID } from 'node:crypto'
import { type DataOf, productAnnounce, productUpdated } from '@skald/contracts'
import { eventually, type RunningService, startRunning as startService } from '@skald/testing'
import { orderService } from '../src/index.ts'

export interface Running extends RunningService {
  /** Announces a product and waits until its copy is there; gives its sku. */
  product(amount: number, more?: Partial<DataOf<typeof productUpdated>>): Promise<string>
}

/** Durables whose services do not run here: the wire listens in their place. */
const DURABLES = ['saga-coordinator-starts', 'saga-coordinator-order', 'inventory-service-catalogue']

/** order-service with the ears of those who hear it. */
export const startRunning = async (env: Readonly<Record<string, string>> = {}): Promise<Running> => {
  const running = await startService(orderService, {
    database: 'order',
    port: 'ORDER_PORT',
    durables: DURABLES,
    env,
  })
  return {
    ...running,
    async product(amount, given = {}) {
      const sku = `sku-${randomUUID()}`
      const product = { sku, name: 'Lamp', price: { amount, currency: 'EUR' }, version: 1, ...given }
      await running.wire.send(productUpdated(product))
      await eventually(async () => {
        const { body } = await running.request('GET', `/catalogue/${product.sku}`)
        if (body['version'] !== product.version) throw new Error(`${product.sku} has not arrived`)
      })
      return product.sku
    },
  }
}

/** Commands that asked for the catalogue, oldest first. */
export const asksOf = ({ wire }: Running) =>
  wire.heard.flatMap(({ message }) =>
    message.type === productAnnounce.type
      ? [{ id: message.id, after: (message.data as DataOf<typeof productAnnounce>).after }]
      : [],
  )
