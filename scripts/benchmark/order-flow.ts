import { randomUUID } from 'node:crypto'
import type { NatsConnection, Subscription } from 'nats'
import { type Answer, HttpLanes } from './http-lanes.ts'
import type { OrderTaker } from './load.ts'
import { pause } from './progress.ts'

export type Outcome = 'confirmed' | 'cancelled'

/** What whoever placed an order hears of it. */
export interface Order {
  readonly answered: (nowMs: number) => void
  readonly ended: (outcome: Outcome, nowMs: number) => void
  readonly refused: (error: unknown) => void
}

/** Places one order, of products that the index decides; gives its id. */
export type PostOrder = (lanes: HttpLanes, index: number, skus: readonly string[]) => Promise<string>

export interface OrderFlowOptions {
  readonly nats: NatsConnection
  readonly orderUrl: string
  readonly skus: readonly string[]
  readonly post?: PostOrder
}

/** Connections to the order service; POSTs beyond them wait, as they would in a load balancer. */
const SOCKETS = 64
const LINES = 2
const LOOK_EVERY_MS = 20
/** The end of an order that somebody else placed is remembered until the flow is closed; the oldest go first. */
const MAX_EARLY = 100_000

/**
 * Places orders and hears how they end: an order has ended when the event of its end is seen on the broker, by anybody
 * who listens. Which may be before its POST is answered.
 */
export class OrderFlow implements OrderTaker {
  /** Both outcomes, since the flow was opened. */
  ended = 0
  readonly #lanes: HttpLanes
  readonly #skus: readonly string[]
  readonly #post: PostOrder
  readonly #subscriptions: readonly Subscription[]
  readonly #open = new Map<string, Order>()
  readonly #endedEarly = new Map<string, readonly [Outcome, number]>()
  #placed = 0
  #unanswered = 0

  constructor({ nats, orderUrl, skus, post = postOrder }: OrderFlowOptions) {
    this.#lanes = new HttpLanes(orderUrl, SOCKETS)
    this.#skus = skus
    this.#post = post
    this.#subscriptions = (['confirmed', 'cancelled'] as const).map((outcome) =>
      nats.subscribe(`order.${outcome}.v1`, {
        callback: (_error, message) => this.#onEnd(outcome, orderIdOf(message.string())),
      }),
    )
  }

  /** Orders that were sent and have neither ended nor been refused. */
  get underWay(): number {
    return this.#unanswered + this.#open.size
  }

  place(order: Order): void {
    this.#placed += 1
    this.#unanswered += 1
    this.#post(this.#lanes, this.#placed, this.#skus).then(
      (orderId) => this.#onAnswer(orderId, order),
      (error: unknown) => {
        this.#unanswered -= 1
        order.refused(error)
      },
    )
  }

  /** Waits until every order that was placed has ended; gives the number of those that have not in time. */
  async settle(withinMs: number): Promise<number> {
    const endsAt = performance.now() + withinMs
    while (this.underWay > 0 && performance.now() < endsAt) await pause(LOOK_EVERY_MS)
    return this.underWay
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    this.#lanes.close()
  }

  #onAnswer(orderId: string, order: Order): void {
    const nowMs = performance.now()
    this.#unanswered -= 1
    order.answered(nowMs)
    const early = this.#endedEarly.get(orderId)
    if (early === undefined) this.#open.set(orderId, order)
    else {
      this.#endedEarly.delete(orderId)
      order.ended(...early)
    }
  }

  #onEnd(outcome: Outcome, orderId: string): void {
    const nowMs = performance.now()
    this.ended += 1
    const order = this.#open.get(orderId)
    if (order === undefined) {
      this.#endedEarly.set(orderId, [outcome, nowMs])
      if (this.#endedEarly.size > MAX_EARLY) this.#endedEarly.delete(this.#endedEarly.keys().next().value ?? '')
    } else {
      this.#open.delete(orderId)
      order.ended(outcome, nowMs)
    }
  }
}

const bodyOf = (index: number, skus: readonly string[], paymentMethod?: string): string => {
  const items = Array.from({ length: LINES }, (_, line) => ({
    sku: skus[(index * LINES + line) % skus.length],
    quantity: 1,
  }))
  return JSON.stringify({ customerId: 'bench', items, paymentMethod })
}

/** The subject of the event; looked for in the text, since parsing a thousand events a second is load of our own. */
const orderIdOf = (text: string): string => /"subject":"([^"]+)"/.exec(text)?.[1] ?? ''

/** The id of an order of two lines, the index deciding of which products. */
export const postOrder: PostOrder = async (lanes, index, skus) =>
  placed(await lanes.post('/orders', bodyOf(index, skus)))

const placed = ({ status, body }: Answer): string => {
  const orderId = /"orderId":"([^"]+)"/.exec(body)?.[1]
  if (status === 201 && orderId) return orderId
  throw new Error(`POST /orders answered ${status}: ${body.slice(0, 200)}`)
}

const FIRST_WAIT_MS = 25
const LONGEST_WAIT_MS = 400
const GIVE_UP_MS = 30_000

/**
 * A client as every client should be: it repeats a request that was not answered, or that the service could not take, under its
 * Idempotency-Key. Its payment is approved, so that nothing but the system itself would undo the order.
 */
export const postPatiently: PostOrder = async (lanes, index, skus) => {
  const headers = { 'Idempotency-Key': randomUUID() }
  const body = bodyOf(index, skus, 'sim_approved')
  const giveUpAt = performance.now() + GIVE_UP_MS
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    const answer = await lanes.post('/orders', body, headers).catch((error: unknown) => String(error))
    // 409: the first try is still under way.
    const isAgain = typeof answer === 'string' || answer.status === 409 || answer.status >= 500
    if (!isAgain) return placed(answer)
    if (performance.now() > giveUpAt) throw new Error(`not placed: ${JSON.stringify(answer)}`)
    await pause(waitMs)
  }
}
