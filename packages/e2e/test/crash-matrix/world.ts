import { randomUUID } from 'node:crypto'
import { type Answer, call, type Kind, Load, publishRaw, type ServiceProcess, type System } from '@skald/e2e'
import type { Said } from '@skald/messaging'
import { until } from '@skald/servers'
import { eventually } from '@skald/testing'
import pg from 'pg'
import { expect } from 'vitest'

export const SKU = 'e2e-matrix'
/** Far above what a run sells. */
const STOCK = 900_000
const TOO_MANY = 1_000_000
/** Between orders of the kinds that take long: what they make happen should come when a cell waits for it. */
const TRICKLE_EVERY_MS = 1_500
/** What a service that is killed again and again must do comes within this; an order whose announcement died waits half a minute. */
const ANSWER_WITHIN_MS = 300_000

interface MatrixKind extends Kind {
  /** The customer gives it up: when its payment has begun, or when the gateway has charged it. */
  readonly cancels?: 'begun' | 'charged'
}

/** Ways of an order; together they make every message happen. Crashes change none of the endings. */
export const kinds = {
  approved: { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'] },
  declined: { name: 'declined', paymentMethod: 'sim_declined', endings: ['CANCELLED'] },
  outOfStock: { name: 'out of stock', paymentMethod: 'sim_approved', quantity: TOO_MANY, endings: ['CANCELLED'] },
  flaky: { name: 'flaky', paymentMethod: 'sim_flaky_2', endings: ['CONFIRMED'] },
  late: { name: 'late', paymentMethod: 'sim_slow_4000', endings: ['CONFIRMED'] },
  withdrawn: { name: 'withdrawn', paymentMethod: 'sim_slow_600000', cancels: 'begun', endings: ['CANCELLED'] },
  refunded: { name: 'refunded', paymentMethod: 'sim_lost_reply', cancels: 'charged', endings: ['CANCELLED'] },
  refundedLate: {
    name: 'refunded late',
    paymentMethod: 'sim_refund_fails_1',
    cancels: 'charged',
    endings: ['CANCELLED'],
  },
  /** Its refund is refused more often than it is tried: it waits for a person. */
  stuck: { name: 'stuck', paymentMethod: 'sim_refund_fails_1000', cancels: 'charged', endings: ['PENDING'] },
} satisfies Readonly<Record<string, MatrixKind>>

const databases: Readonly<Record<ServiceProcess, string>> = {
  'order-service': 'order_db',
  'payment-service': 'payment_db',
  'inventory-service': 'inventory_db',
  'saga-coordinator': 'saga_db',
}

/** What can be made happen to the system from outside, however often its services die meanwhile. */
export class World {
  readonly system: System
  readonly load: Load
  readonly #pools = new Map<ServiceProcess, pg.Pool>()
  readonly #stopping = new AbortController()
  #trickle: Promise<void> = Promise.resolve()
  #cents = 1_000
  #garbage = 0

  constructor(system: System) {
    this.system = system
    this.load = new Load(system, SKU)
  }

  async open(): Promise<void> {
    await this.system.offer(SKU, STOCK, this.#cents)
    this.#trickle = this.#trickleOn()
    // Whoever calms it hears of a failure.
    this.#trickle.catch(() => undefined)
  }

  /** No more orders but those that are asked for. */
  async calm(): Promise<void> {
    this.#stopping.abort()
    await this.#trickle
  }

  async #trickleOn(): Promise<void> {
    const { signal } = this.#stopping
    const slow = [kinds.stuck, kinds.refundedLate, kinds.refunded]
    for (let count = 0; !signal.aborted; count += 1) {
      await this.order(slow[count % slow.length] ?? kinds.stuck)
      await until(() => signal.aborted, TRICKLE_EVERY_MS)
    }
  }

  /** Places an order, and gives it up again when its kind is to. */
  async order(kind: MatrixKind): Promise<void> {
    const { orderId } = await this.load.order(kind)
    if (kind.cancels) await this.#giveUp(orderId, kind.cancels)
  }

  /** Another program says something about an order as soon as stock is held for it. */
  async meddle(kind: MatrixKind, speak: (orderId: string) => Said): Promise<void> {
    const { orderId } = await this.load.order(kind)
    const patience = { timeoutMs: ANSWER_WITHIN_MS }
    await eventually(async () => expect(await this.system.reservation(orderId)).toBe('HELD'), patience)
    const { sagaId } = await eventually(() => this.system.order(orderId), patience)
    const bystander = await this.system.bystander()
    await bystander.say(speak(orderId), { correlationId: sagaId })
    await bystander.close()
    if (kind.cancels) await this.#giveUp(orderId, kind.cancels)
  }

  async #giveUp(orderId: string, when: 'begun' | 'charged'): Promise<void> {
    await eventually(
      async () => {
        expect((await this.system.payment(orderId)).status).toBe('PENDING')
        if (when === 'begun') return
        const charge = expect.objectContaining({ kind: 'charge', outcome: 'succeeded' })
        expect((await this.system.ledger(orderId)).entries).toContainEqual(charge)
      },
      { timeoutMs: ANSWER_WITHIN_MS },
    )
    await this.#insist(() => this.system.cancel(orderId), 202, 409)
  }

  /** Changes the price of a product that nobody orders. */
  async reprice(): Promise<void> {
    this.#cents += 1
    const price = { amount: this.#cents, currency: 'EUR' }
    const url = `${this.system.urls.inventory}/products/e2e-matrix-priced`
    await this.#insist(
      async () => {
        const put = (onHand?: number) => call(url, { method: 'PUT', body: { name: 'priced', price, onHand } })
        const kept = await put()
        return kept.status === 200 ? kept : put(1)
      },
      200,
      201,
    )
  }

  /** Adds one to the stock of a product that nobody orders. */
  async adjust(): Promise<void> {
    const headers = { 'Idempotency-Key': randomUUID() }
    const url = `${this.system.urls.inventory}/products/${SKU}/adjustments`
    await this.#insist(() => call(url, { method: 'POST', body: { quantity: 1, reason: 'found' }, headers }), 200)
  }

  /** Something unreadable under a subject. */
  async garbage(subject: string): Promise<void> {
    this.#garbage += 1
    const payload = Buffer.from(`no message ${this.#garbage} ${randomUUID()}`)
    await publishRaw(this.system.access().natsUrl, [{ subject, payload }])
  }

  /** All tasks of a kind are due now, as if their time had passed. */
  async hasten(service: ServiceProcess, kind: string): Promise<void> {
    await this.#pool(service).query('UPDATE task SET due_at = now() WHERE kind = $1 AND due_at > now()', [kind])
  }

  async close(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([...this.#pools.values()].map((pool) => pool.end()))
  }

  #pool(service: ServiceProcess): pg.Pool {
    let pool = this.#pools.get(service)
    if (!pool) {
      const url = new URL(this.system.access().postgresUrl)
      url.pathname = `/${databases[service]}`
      pool = new pg.Pool({ connectionString: url.href, max: 2 })
      this.#pools.set(service, pool)
    }
    return pool
  }

  async #insist(ask: () => Promise<Answer>, ...wanted: readonly number[]): Promise<void> {
    await eventually(
      async () => {
        const { status, body } = await ask()
        if (!wanted.includes(status)) throw new Error(`answered ${status} ${JSON.stringify(body)}`)
      },
      { timeoutMs: ANSWER_WITHIN_MS },
    )
  }
}
