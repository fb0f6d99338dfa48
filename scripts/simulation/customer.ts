import { putProduct } from '@skald/inventory-service'
import { digestOf, newId } from '@skald/messaging'
import { cancelRequestId, type Placed, placeOrder, requestCancel } from '@skald/order-service'
import type { Target } from './operator.ts'
import type { Replica } from './replica.ts'
import { untilAnswered } from './requests.ts'
import { SKUS, type World } from './world.ts'

/** What customers pay with, and how often. */
const TOKENS = [
  'sim_approved',
  'sim_approved',
  'sim_approved',
  'sim_approved',
  'sim_declined',
  'sim_silent',
  'sim_lost_reply',
  'sim_slow_700',
  'sim_slow_2500',
  'sim_flaky_2',
  'sim_refund_fails_1',
  'sim_refund_fails_2',
] as const

/** Within the first part of the faults, so that a saga has them all around it. */
const LAST_ORDER_AT_MS = 4_000

/** What a customer did, and was told: kept apart from every database. */
export interface Purchase {
  readonly key: string
  readonly sku: string
  readonly quantity: number
  readonly paymentMethod: string
  readonly wantsCancel: boolean
  placed: Placed | undefined
  cancelTaken: boolean
  done: boolean
}

export class Customers {
  readonly purchases: Purchase[] = []
  /** Answers that contradict an earlier one. */
  readonly complaints: string[] = []
  /** Prices that were ever asked for, by sku. */
  readonly prices = new Map<string, Set<number>>()
  #changes = 0
  readonly #world: World

  constructor(world: World) {
    this.#world = world
    const { run } = world.sim
    for (const sku of SKUS) this.prices.set(sku, new Set([1_000]))
    for (let at = 0; at < world.settings.orders; at++) {
      this.purchases.push({
        key: `key-${at}`,
        sku: run.of(`sku ${at}`) < 0.7 ? 'lamp' : 'book',
        quantity: run.whole(`quantity ${at}`, 1, 3),
        paymentMethod: run.pick(`token ${at}`, TOKENS),
        wantsCancel: run.of(`cancel ${at}`) < 0.25,
        placed: undefined,
        cancelTaken: false,
        done: false,
      })
    }
  }

  start(): void {
    const { time, run } = this.#world.sim
    for (const purchase of this.purchases) {
      time.after(run.between(`begin of ${purchase.key}`, 0, LAST_ORDER_AT_MS), () => this.#buy(purchase))
    }
    const changes = run.pick('price changes', [0, 0, 1, 1, 2, 4])
    for (let at = 0; at < changes; at++) {
      this.#changes++
      time.after(run.between(`price change ${at}`, 0, LAST_ORDER_AT_MS), () => this.#changePrice(at))
    }
  }

  /** Where their sagas are, as far as they know. */
  get targets(): readonly (Target | undefined)[] {
    return this.purchases.map(({ placed }) => placed && { sagaId: placed.sagaId, subject: placed.orderId })
  }

  get areDone(): boolean {
    return this.#changes === 0 && this.purchases.every(({ done }) => done)
  }

  #buy(purchase: Purchase): void {
    const { sim, replicas } = this.#world
    const { key, sku, quantity, paymentMethod } = purchase
    const items = [{ sku, quantity }]
    const repeatable = { key, digest: digestOf(JSON.stringify(items)) }
    const data = { customerId: 'ada', items, paymentMethod, repeatable }
    const post = (replica: Replica) => {
      const orderId = newId(Math.floor(sim.time.nowMs), sim.point('order id of', key).hex('digits'))
      const correlationId = newId(Math.floor(sim.time.nowMs), sim.point('saga id of', key).hex('digits'))
      return replica.ask(placeOrder, data, { subject: orderId, id: orderId, correlationId })
    }
    this.#request(`POST /orders ${key}`, replicas.order, post, (answer) => {
      if (answer.kind !== 'placed') return this.#complain(purchase, `was told ${answer.kind}`)
      const { order } = answer
      if (purchase.placed && purchase.placed.orderId !== order.orderId) this.#complain(purchase, 'got a second order')
      const isFirst = purchase.placed === undefined
      purchase.placed = order
      if (isFirst && sim.run.of(`again ${key}`) < 0.3) sim.time.after(500, () => this.#buy(purchase))
      else if (purchase.wantsCancel) {
        sim.time.after(sim.run.between(`cancel of ${key}`, 0, 1_500), () => this.#cancel(purchase, order))
      } else purchase.done = true
    })
  }

  #cancel(purchase: Purchase, { orderId, sagaId }: Placed): void {
    const about = { subject: orderId, id: cancelRequestId(orderId), correlationId: sagaId }
    const post = (replica: Replica) => replica.ask(requestCancel, { orderId }, about)
    this.#request(`POST cancel ${purchase.key}`, this.#world.replicas.order, post, ({ kind }) => {
      if (kind === 'unknown') this.#complain(purchase, 'was told that its order is not known')
      purchase.cancelTaken ||= kind === 'taken'
      purchase.done = true
    })
  }

  #changePrice(at: number): void {
    const { sim, replicas } = this.#world
    const sku = sim.run.pick(`changed sku ${at}`, SKUS)
    const amount = 1_001 + at
    this.prices.get(sku)?.add(amount)
    const change = { sku, name: sku, price: { amount, currency: 'EUR' } }
    const put = (replica: Replica) => replica.ask(putProduct, change, { subject: sku })
    this.#request(`PUT ${sku} ${at}`, replicas.inventory, put, () => {
      this.#changes--
    })
  }

  #complain({ key }: Purchase, what: string): void {
    this.complaints.push(`${key} ${what}`)
  }

  #request<T>(
    what: string,
    replicas: readonly Replica[],
    ask: (replica: Replica) => Promise<T>,
    answered: (answer: T) => void,
  ): void {
    untilAnswered(this.#world, { who: 'customer', what, replicas, ask }, answered)
  }
}
