import { randomUUID } from 'node:crypto'

export const SKUS: readonly string[] = Array.from({ length: 1_000 }, (_, index) => `bench-${index}`)
export const LINES = 2
export const PRICE = { amount: 1_250, currency: 'EUR' } as const
/** Of payments: what the simulated gateway declines when nobody asks for anything else. */
const DECLINED_SHARE = 0.1

/** One order of two lines, as text ready to be sent: making it is part of what a floor costs, so nothing is made twice. */
export interface Order {
  readonly orderId: string
  readonly sagaId: string
  /** The lines as order-service keeps them, priced. */
  readonly pricedLines: string
  /** The lines as inventory-service keeps them. */
  readonly lines: string
  /** Literals of two arrays of equal length: which stock changes, and by how much. */
  readonly skus: string
  readonly quantities: string
  readonly total: string
  readonly currency: string
  readonly isDeclined: boolean
  readonly atMs: number
}

/** Orders over all products in turn, declined at random by the seed: two floors of one seed do the same work. */
export const orders = (seed: number): (() => Order) => {
  const random = randomNumbers(seed)
  let made = 0
  return () => {
    made += 1
    return newOrder(made, random() < DECLINED_SHARE)
  }
}

export const newOrder = (index: number, isDeclined: boolean): Order => {
  const atMs = Date.now()
  const lines = linesOf(index)
  return {
    orderId: newId(atMs),
    sagaId: newId(atMs),
    pricedLines: JSON.stringify(lines.map((line) => ({ ...line, price: PRICE }))),
    lines: JSON.stringify(lines),
    skus: `{${lines.map(({ sku }) => sku).join()}}`,
    quantities: `{${lines.map(({ quantity }) => quantity).join()}}`,
    total: String(LINES * PRICE.amount),
    currency: PRICE.currency,
    isDeclined,
    atMs,
  }
}

/** Of the n-th order: all products in turn, so that orders in flight at the same time want different stock. */
export const linesOf = (index: number) =>
  Array.from({ length: LINES }, (_, line) => ({ sku: SKUS[(index * LINES + line) % SKUS.length], quantity: 1 }))

/** A UUIDv7: its time comes first, so that new rows lie together in every index, as those of the services do. */
export const newId = (nowMs: number): string => {
  const time = nowMs.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice('xxxxxxxx-xxxx-4'.length)}`
}

/** Mulberry32: the same numbers, from 0 to 1, for the same seed on every machine. */
const randomNumbers = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
