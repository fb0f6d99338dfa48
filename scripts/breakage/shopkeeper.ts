import { setTimeout as wait } from 'node:timers/promises'
import { call } from '@skald/e2e'
import { Points } from '@skald/testing/simulation'

const CHANGE_EVERY_MS = 500
const AGAIN_AFTER_MS = 200
const PATIENCE_MS = 5_000

/** Changes prices all the time, one after the other. */
export class Shopkeeper {
  changes = 0
  readonly #points: Points
  readonly #skus: readonly string[]
  readonly #urls: () => readonly string[]
  readonly #stopping = new AbortController()
  #work: Promise<void> = Promise.resolve()

  constructor(seed: number, skus: readonly string[], inventoryUrls: () => readonly string[]) {
    this.#points = new Points(seed)
    this.#skus = skus
    this.#urls = inventoryUrls
  }

  start(): void {
    this.#work = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#work
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const point = this.#points.next('price')
      const sku = point.pick('sku', this.#skus)
      const body = { name: sku, price: { amount: point.whole('amount', 500, 5_000), currency: 'EUR' } }
      const changed = await call(`${point.pick('process', this.#urls())}/products/${sku}`, {
        method: 'PUT',
        body,
        signal: AbortSignal.timeout(PATIENCE_MS),
      }).then(
        ({ status }) => status === 200,
        () => false,
      )
      if (changed) this.changes += 1
      await wait(changed ? CHANGE_EVERY_MS : AGAIN_AFTER_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
