import { setTimeout as wait } from 'node:timers/promises'
import { type Answer, call, orderBody } from '@skald/e2e'
import { type Point, Points } from '@skald/testing/simulation'
import { z } from 'zod'
import { type ChaosKind, hat } from './orders.ts'
import { Turns } from './turns.ts'

/** What a customer did and was told: kept here, where no fault reaches. */
export interface Purchase {
  readonly kind: ChaosKind
  /** The first try, by the wall clock. */
  readonly sentAtMs: number
  acceptedAtMs: number | undefined
  orderId: string | undefined
  /** Whether anybody asked for its cancellation. */
  wasCancelled: boolean
}

export interface CustomersOptions {
  readonly seed: number
  /** Orders a second. */
  readonly rate: number
  readonly skus: readonly string[]
  readonly orderUrls: () => readonly string[]
}

/** Doubled up to the longest: thousands who wait for one service, each five times a second, would keep it from coming back. */
const AGAIN_AFTER_MS = 200
const LONGEST_WAIT_MS = 5_000
/** The proxies live in this process, too: a storm of our own tries must not hold up what the system says. */
const AT_A_TIME = 200
/** Customers who are later than this, because this program was held up, do not come at all instead of all at once. */
const MAX_LATE_MS = 1_000
const CANCEL_SHARE = 0.12
const SECOND_SHARE = 0.05
const LAST_CANCEL_MS = 6_000
/** What has not been answered so long after the last order is a request that was never answered. */
const ANSWERED_WITHIN_MS = 90_000

const placed = z.object({ orderId: z.string() })

/**
 * Customers who come at a steady rate whatever becomes of those before them, and do not give up: each request is repeated
 * under its key until it is answered, at whatever process is next. Some say the same once more, some cancel.
 */
export class Customers {
  readonly purchases: Purchase[] = []
  /** Answers that contradict an earlier one, or that no outage explains. */
  readonly complaints: string[] = []
  failedTries = 0
  cancelRequests = 0
  readonly #options: CustomersOptions
  readonly #points: Points
  readonly #open = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  readonly #givingUp = new AbortController()
  readonly #turns = new Turns(AT_A_TIME)
  #tries = 0
  #pacer: Promise<void> = Promise.resolve()

  constructor(options: CustomersOptions) {
    this.#options = options
    this.#points = new Points(options.seed)
  }

  start(): void {
    this.#pacer = this.#pace()
  }

  /** Those who came before a moment and have no order yet. */
  unansweredSince(ms: number): number {
    return this.purchases.filter(({ sentAtMs, orderId }) => orderId === undefined && sentAtMs <= ms).length
  }

  /** Nobody comes any more; waits until every request is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#pacer
    const giveUp = setTimeout(() => this.#givingUp.abort(), ANSWERED_WITHIN_MS)
    await Promise.all(this.#open)
    clearTimeout(giveUp)
    const unanswered = this.unansweredSince(Number.POSITIVE_INFINITY)
    if (unanswered > 0) this.complaints.push(`${unanswered} orders were never answered`)
  }

  async #pace(): Promise<void> {
    const { signal } = this.#stopping
    const everyMs = 1_000 / this.#options.rate
    for (
      let dueMs = performance.now();
      !signal.aborted;
      dueMs = Math.max(dueMs + everyMs, performance.now() - MAX_LATE_MS)
    ) {
      await wait(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(() => undefined)
      if (!signal.aborted) this.#follow(this.#buy(this.#points.next('order')))
    }
  }

  #follow(work: Promise<void>): void {
    const followed: Promise<void> = work
      .catch((error: unknown) => void this.complaints.push(String(error)))
      .finally(() => this.#open.delete(followed))
    this.#open.add(followed)
  }

  async #buy(point: Point): Promise<void> {
    const kind = point.pick('kind', hat)
    const purchase: Purchase = {
      kind,
      sentAtMs: Date.now(),
      acceptedAtMs: undefined,
      orderId: undefined,
      wasCancelled: false,
    }
    this.purchases.push(purchase)
    const sku = point.pick('sku', this.#options.skus)
    const body = orderBody({ quantity: point.whole('quantity', 1, 3), ...kind, sku, customerId: 'chaos' })
    const order = () => this.#untilAnswered('/orders', [201], body, { 'Idempotency-Key': point.hex('key') })
    const first = await order()
    if (first === undefined) return
    purchase.orderId = placed.parse(first.body).orderId
    purchase.acceptedAtMs = Date.now()
    if (point.of('once more') < SECOND_SHARE) {
      const second = await order()
      const other = second && placed.parse(second.body).orderId
      if (other !== undefined && other !== purchase.orderId)
        this.complaints.push(`one key got the orders ${purchase.orderId} and ${other}`)
    }
    if (point.of('cancel') >= CANCEL_SHARE) return
    await wait(point.between('cancel after', 0, LAST_CANCEL_MS))
    purchase.wasCancelled = true
    this.cancelRequests += 1
    await this.#untilAnswered(`/orders/${purchase.orderId}/cancel`, [202, 409])
  }

  /** Undefined when it was given up. */
  async #untilAnswered(
    path: string,
    wanted: readonly number[],
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer | undefined> {
    for (let waitMs = AGAIN_AFTER_MS; !this.#givingUp.signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const urls = this.#options.orderUrls()
      this.#tries += 1
      const url = `${urls[this.#tries % urls.length]}${path}`
      const patienceMs = 2_000 + (this.#tries % 5) * 1_000
      const ask = () => call(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(patienceMs) })
      const answer = await this.#turns.take(ask).catch((error: unknown) => ({ status: 0, body: String(error) }))
      if (wanted.includes(answer.status)) return answer
      // 408: it arrived while the service stood still. 409: the first try with this key is still under way.
      const mayPass = [0, 408, 409].includes(answer.status) || answer.status === 429 || answer.status >= 500
      if (!mayPass) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
      this.failedTries += 1
      await wait(waitMs * (0.5 + Math.random() / 2))
    }
    return undefined
  }
}
