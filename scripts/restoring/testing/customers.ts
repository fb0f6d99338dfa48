import { eventually } from '@skald/testing'
import type { Restorable } from './restorable.ts'

/** Three of four orders may end well; the others are undone in every way there is. */
const TOKENS = [
  'sim_approved',
  'sim_approved',
  'sim_approved',
  'sim_declined',
  'sim_slow_400',
  'sim_flaky_2',
  'sim_lost_reply',
  'sim_refund_fails_2',
  'sim_silent',
]
const CUSTOMERS = 4
const CANCELS = 0.2
/** Some orders are under way at any moment, and some have ended. */
const WATCHES_MS = 150

/** Numbers from 0 to 1 that follow from a seed. */
export const numbersFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export interface Customers {
  /** How an order ended, as its customer saw it. */
  readonly seen: ReadonlyMap<string, string>
  /** Resolves when so many more orders were taken. */
  more(count: number): Promise<void>
  stop(): Promise<void>
}

/** Customers who order, some of whom cancel, whatever the databases do meanwhile. */
export const letCustomersOrder = (system: Restorable, next: () => number): Customers => {
  const seen = new Map<string, string>()
  let stopped = false
  const see = async (orderId: string): Promise<void> => {
    const status = await system.statusOf(orderId)
    if (status !== 'CONFIRMED' && status !== 'CANCELLED') throw new Error(`${orderId} is ${status}`)
    seen.set(orderId, status)
  }
  const order = async (): Promise<void> => {
    const token = TOKENS[Math.floor(next() * TOKENS.length)] ?? 'sim_approved'
    const cancels = next() < CANCELS
    const placed = await system.place(token)
    if (!placed) return
    if (cancels) await system.ask('order', 'POST', `/orders/${placed.orderId}/cancel`)
    await eventually(() => see(placed.orderId), { timeoutMs: WATCHES_MS }).catch(() => undefined)
  }
  const customer = async (): Promise<void> => {
    while (!stopped) await order()
  }
  const customers = Promise.all(Array.from({ length: CUSTOMERS }, customer))
  return {
    seen,
    async more(count) {
      const enough = system.accepted.length + count
      await eventually(
        () => {
          if (system.accepted.length < enough)
            throw new Error(`${system.accepted.length} of ${enough} orders were taken`)
        },
        { timeoutMs: 60_000 },
      )
    },
    async stop() {
      stopped = true
      await customers
    },
  }
}
