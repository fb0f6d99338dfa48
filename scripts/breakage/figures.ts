import { type Quantiles, quantilesOf } from '../benchmark/quantiles.ts'
import type { Purchase } from './customers.ts'
import type { OrderEnd } from './oracle.ts'

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export interface Latency {
  readonly orders: number
  /** From the first try to the answer. */
  readonly post: Quantiles
  /** From the first try to the end of the order. */
  readonly end: Quantiles
}

/** Of the orders that were first tried within a span. Orders that end by a deadline or are cancelled are not timed. */
export const latencyOf = (
  purchases: readonly Purchase[],
  orders: ReadonlyMap<string, OrderEnd>,
  { fromMs, toMs }: Span,
): Latency => {
  const own = purchases.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs)
  const straight = own.filter(({ kind, wasCancelled }) => kind.paymentMethod === 'sim_approved' && !wasCancelled)
  return {
    orders: own.length,
    post: quantilesOf(
      own.flatMap(({ sentAtMs, acceptedAtMs }) => (acceptedAtMs === undefined ? [] : [acceptedAtMs - sentAtMs])),
    ),
    end: quantilesOf(
      straight.flatMap(({ sentAtMs, orderId = '' }) => {
        const order = orders.get(orderId)
        return order === undefined || order.status === 'PENDING' ? [] : [order.endedAtMs - sentAtMs]
      }),
    ),
  }
}

export interface KindCount {
  readonly kind: string
  readonly placed: number
  readonly confirmed: number
  readonly cancelled: number
}

export const countByKind = (
  purchases: readonly Purchase[],
  orders: ReadonlyMap<string, OrderEnd>,
): readonly KindCount[] =>
  [...Map.groupBy(purchases, ({ kind }) => kind.name)].map(([kind, own]) => {
    const count = (status: string): number =>
      own.filter(({ orderId = '' }) => orders.get(orderId)?.status === status).length
    return { kind, placed: own.length, confirmed: count('CONFIRMED'), cancelled: count('CANCELLED') }
  })
