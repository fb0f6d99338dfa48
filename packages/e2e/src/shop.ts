import { until } from '@skald/servers'
import { eventually } from '@skald/testing'
import { z } from 'zod'
import { type Answer, call } from './http.ts'

export interface Urls {
  readonly order: string
  readonly payment: string
  readonly inventory: string
  readonly coordinator: string
}

const money = z.object({ amount: z.int(), currency: z.string() })
const placed = z.object({ orderId: z.string(), sagaId: z.string(), status: z.literal('PENDING'), total: money })
const order = z.object({
  orderId: z.string(),
  sagaId: z.string(),
  status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
  total: money,
  reason: z.string().optional(),
})
const saga = z.object({
  sagaId: z.string(),
  status: z.enum(['RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'NEEDS_ATTENTION', 'PAUSED']),
  state: z.unknown(),
  waitingFor: z.array(
    z.object({
      kind: z.enum(['message', 'timer', 'person']),
      types: z.array(z.string()).optional(),
      deadlineAt: z.string().optional(),
      effect: z.string().optional(),
      amount: money.optional(),
      reason: z.string().optional(),
    }),
  ),
  history: z.array(z.object({ seq: z.int(), type: z.string() })),
})
const payment = z.object({
  status: z.enum(['PENDING', 'CONFIRMED', 'FAILED', 'REFUNDED', 'VOIDED']),
  transactions: z.array(z.object({ kind: z.enum(['charge', 'refund', 'void']), status: z.string(), amount: money })),
})
const ledger = z.object({
  entries: z.array(
    z.object({ kind: z.enum(['charge', 'refund', 'void']), outcome: z.string(), amount: money.nullish() }),
  ),
})
const reservation = z.object({ status: z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED']) })
const product = z.object({ sku: z.string(), onHand: z.int(), reserved: z.int(), available: z.int() })

export type Placed = z.infer<typeof placed>
export type Order = z.infer<typeof order>
export type Saga = z.infer<typeof saga>
export type Payment = z.infer<typeof payment>
export type Ledger = z.infer<typeof ledger>
export type Product = z.infer<typeof product>

export interface NewOrder {
  readonly sku?: string
  readonly quantity?: number
  readonly paymentMethod?: string
  readonly customerId?: string
}

export interface Ended {
  readonly order: Order
  readonly saga: Saga
}

/** An approved order takes milliseconds; one that meets an outage of a loaded machine takes its time. */
const END_WITHIN_MS = 120_000
const KNOWN_WITHIN_MS = 60_000

/** How an order and its saga may have ended, side by side. */
const ENDINGS: ReadonlySet<string> = new Set([
  'CONFIRMED/COMPLETED',
  'CANCELLED/COMPENSATED',
  'PENDING/NEEDS_ATTENTION',
])

/** The body of an answer, which must have the status that is expected. */
const expectStatus = (what: string, answer: Answer, ...expected: readonly number[]): unknown => {
  if (expected.includes(answer.status)) return answer.body
  throw new Error(`${what} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 500)}`)
}

export const orderBody = ({ sku = 'e2e-book', quantity = 1, customerId = 'e2e', paymentMethod }: NewOrder = {}) => ({
  customerId,
  items: [{ sku, quantity }],
  ...(paymentMethod !== undefined && { paymentMethod }),
})

/** A customer of the running system, and an auditor: whatever one can do and see over HTTP. */
export class Shop {
  readonly urls: Urls

  constructor(urls: Urls) {
    this.urls = urls
  }

  async #get<T>(url: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(expectStatus(`GET ${url}`, await call(url), 200))
  }

  /** Puts a product on sale and waits until orders for it are taken. */
  async offer(sku: string, onHand: number, cents = 1_000): Promise<void> {
    const url = `${this.urls.inventory}/products/${sku}`
    const body = { name: sku, price: { amount: cents, currency: 'EUR' }, onHand }
    expectStatus(`PUT ${url}`, await call(url, { method: 'PUT', body }), 201)
    await this.known(sku)
  }

  /** Waits until order-service has heard of a product. */
  async known(sku: string): Promise<void> {
    const copy = `${this.urls.order}/catalogue/${sku}`
    await eventually(async () => expectStatus(`GET ${copy}`, await call(copy), 200), { timeoutMs: KNOWN_WITHIN_MS })
  }

  /** POST /orders, whatever the answer is. */
  post(body: unknown, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal): Promise<Answer> {
    return call(`${this.urls.order}/orders`, { method: 'POST', body, headers, ...(signal && { signal }) })
  }

  /** Places an order that must be accepted. */
  async place(newOrder?: NewOrder): Promise<Placed> {
    return placed.parse(expectStatus('POST /orders', await this.post(orderBody(newOrder)), 201))
  }

  /** The newest orders of a customer, at most a hundred. */
  async ordersOf(customerId: string): Promise<readonly Order[]> {
    const url = `${this.urls.order}/orders?customerId=${customerId}&limit=100`
    return (await this.#get(url, z.object({ items: z.array(order) }))).items
  }

  cancel(orderId: string): Promise<Answer> {
    return call(`${this.urls.order}/orders/${orderId}/cancel`, { method: 'POST' })
  }

  order(orderId: string): Promise<Order> {
    return this.#get(`${this.urls.order}/orders/${orderId}`, order)
  }

  saga(sagaId: string): Promise<Saga> {
    return this.#get(`${this.urls.coordinator}/sagas/${sagaId}`, saga)
  }

  payment(orderId: string): Promise<Payment> {
    return this.#get(`${this.urls.payment}/payments/${orderId}`, payment)
  }

  /** What the gateway itself has written down. */
  ledger(orderId: string): Promise<Ledger> {
    return this.#get(`${this.urls.payment}/simulated-gateway/${orderId}`, ledger)
  }

  product(sku: string): Promise<Product> {
    return this.#get(`${this.urls.inventory}/products/${sku}`, product)
  }

  /** Undefined when nothing was ever reserved, or released, for the order. */
  async reservation(orderId: string): Promise<string | undefined> {
    const url = `${this.urls.inventory}/reservations/${orderId}`
    const answer = await call(url)
    return answer.status === 404 ? undefined : reservation.parse(expectStatus(`GET ${url}`, answer, 200)).status
  }

  /** Waits until the order and its saga have ended alike; a saga that waits for a person has ended for us. */
  async ended(orderId: string, timeoutMs = END_WITHIN_MS): Promise<Ended> {
    let ended: Ended | undefined
    let seen = 'not seen'
    const look = async (): Promise<boolean> => {
      const seenOrder = await this.order(orderId)
      const seenSaga = await this.saga(seenOrder.sagaId)
      const ending = `${seenOrder.status}/${seenSaga.status}`
      seen = `${ending}, saga ${seenSaga.sagaId} in ${JSON.stringify(seenSaga.state)}`
      if (ENDINGS.has(ending)) ended = { order: seenOrder, saga: seenSaga }
      return ended !== undefined
    }
    const lookAnyway = () =>
      look().catch((error: unknown) => {
        // A service may be down just now, and a saga may not have started.
        seen = String(error)
        return false
      })
    await until(lookAnyway, timeoutMs)
    if (ended === undefined) throw new Error(`order ${orderId} did not end within ${timeoutMs} ms: ${seen}`)
    return ended
  }
}
