import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { type Order, orderBody, type Shop } from './shop.ts'

/** What is ordered, and how it may end when nothing but outages happen to it. */
export interface Kind {
  readonly name: string
  readonly paymentMethod?: string
  readonly quantity?: number
  readonly endings: readonly Order['status'][]
}

/** More than there ever is of the product. */
const TOO_MANY = 1_000_000

/** Every kind that ends without waiting for a deadline. */
export const quickKinds: readonly Kind[] = [
  { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] },
  { name: 'declined', paymentMethod: 'sim_declined', endings: ['CANCELLED'] },
  { name: 'slow', paymentMethod: 'sim_slow_400', endings: ['CONFIRMED'] },
  { name: 'flaky', paymentMethod: 'sim_flaky_2', endings: ['CONFIRMED'] },
  { name: 'no token', endings: ['CONFIRMED', 'CANCELLED'] },
  { name: 'out of stock', paymentMethod: 'sim_approved', quantity: TOO_MANY, endings: ['CANCELLED'] },
]

export interface Accepted {
  readonly orderId: string
  readonly kind: Kind
}

const placed = z.object({ orderId: z.string() })

/** Between two tries of a request that was refused or not answered. */
const TRY_AGAIN_MS = 100
/** An outage longer than this is the fault that a test is to find. */
const GIVE_UP_AFTER_MS = 120_000

/**
 * Customers who order again and again and do not give up: each request is repeated under its key until it is answered.
 * What was accepted is written down here, and nowhere that a fault could reach.
 */
export class Load {
  readonly accepted: Accepted[] = []
  /** Tries that ended without an order: refused connections, broken ones, 5xx. */
  failedTries = 0
  readonly #shop: Shop
  readonly #sku: string
  readonly #inFlight = new Set<Promise<void>>()
  #failure: unknown
  #stopping = new AbortController()
  #pacer: Promise<void> = Promise.resolve()

  constructor(shop: Shop, sku: string) {
    this.#shop = shop
    this.#sku = sku
  }

  /** Orders of these kinds in turn, one every `everyMs`, until `stop`. */
  start(everyMs: number, kinds: readonly Kind[] = quickKinds): void {
    const { signal } = this.#stopping
    const pace = async (): Promise<void> => {
      const beganMs = performance.now()
      for (let index = 0; !signal.aborted; index += 1) {
        const kind = kinds[index % kinds.length]
        if (kind) this.#follow(this.order(kind))
        // By the time that it should be, or a timer's lateness would add up to a lower rate.
        const dueMs = beganMs + (index + 1) * everyMs
        await wait(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(() => undefined)
      }
    }
    this.#pacer = pace()
  }

  /** Places one order, however often that has to be tried. */
  async order(kind: Kind): Promise<Accepted> {
    const body = orderBody({ sku: this.#sku, ...kind, customerId: 'load' })
    const headers = { 'Idempotency-Key': randomUUID() }
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS
    for (;;) {
      const answer = await this.#shop
        .post(body, headers)
        .catch((error: unknown) => ({ status: 0, body: String(error) }))
      if (answer.status === 201) {
        const accepted = { orderId: placed.parse(answer.body).orderId, kind }
        this.accepted.push(accepted)
        return accepted
      }
      this.failedTries += 1
      const mayPass = answer.status === 0 || answer.status === 409 || answer.status >= 500
      if (!mayPass || performance.now() > giveUpAt) {
        throw new Error(`POST /orders answered ${answer.status} ${JSON.stringify(answer.body)}`)
      }
      await wait(TRY_AGAIN_MS)
    }
  }

  /** So many orders of one kind at the same moment. Resolves when all are accepted. */
  burst(count: number, kind: Kind): Promise<readonly Accepted[]> {
    return Promise.all(Array.from({ length: count }, () => this.order(kind)))
  }

  #follow(work: Promise<Accepted>): void {
    const followed: Promise<void> = work
      .then(() => undefined)
      .catch((error: unknown) => {
        this.#failure ??= error
      })
      .finally(() => this.#inFlight.delete(followed))
    this.#inFlight.add(followed)
  }

  /** Orders no more, waits until every request is answered, and throws if one never was. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#pacer
    await Promise.all(this.#inFlight)
    if (this.#failure !== undefined) throw new Error('a request was never answered', { cause: this.#failure })
  }
}
