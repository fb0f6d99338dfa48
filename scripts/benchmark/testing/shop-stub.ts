import type { OrderTaker } from '../load.ts'
import type { Order } from '../order-flow.ts'

/** A shop that answers and ends every order when it is told to. */
export class ShopStub implements OrderTaker {
  readonly placed: Order[] = []
  #ended = 0

  place(order: Order): void {
    this.placed.push(order)
  }

  endAll(): void {
    const nowMs = performance.now()
    for (; this.#ended < this.placed.length; this.#ended += 1) {
      const order = this.placed[this.#ended]
      order?.answered(nowMs)
      order?.ended(this.#ended % 10 === 0 ? 'cancelled' : 'confirmed', nowMs)
    }
  }

  settle(): Promise<number> {
    return Promise.resolve(this.placed.length - this.#ended)
  }
}
