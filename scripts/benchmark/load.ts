import type { Order } from './order-flow.ts'
import type { Window } from './window.ts'

/** Takes orders and tells each what becomes of it. */
export interface OrderTaker {
  place(order: Order): void
  /** Waits until all have ended; gives the number of those that have not in time. */
  settle(withinMs: number): Promise<number>
}

/** Something that places orders. */
export interface Load {
  readonly window: Window
  readonly start: () => void
  /** Places no more and waits until all have ended; gives the number of those that have not in good time. */
  readonly finish: () => Promise<number>
}
