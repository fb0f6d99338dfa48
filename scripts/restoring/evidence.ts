import type { BookFact, PaymentFact } from './books.ts'
import type { OrderFact } from './remembered.ts'
import type { StreamFacts } from './streams.ts'

export interface ReservationFact {
  readonly order_id: string
  readonly status: 'HELD' | 'COMMITTED' | 'RELEASED' | 'REJECTED'
}

/** What everybody but the coordinator remembers of one order. */
export interface OrderEvidence {
  readonly order: OrderFact | undefined
  readonly payment: PaymentFact | undefined
  readonly books: BookFact | undefined
  readonly reservation: ReservationFact | undefined
}

/**
 * What the saga had decided, as others show who had already acted upon it. A participant acts on what it is asked, so what
 * it did tells what its saga asked for, also when the coordinator forgot.
 */
export interface Decided {
  /** It was undoing the order. */
  readonly undone: boolean
  /** It was past the point of no return. */
  readonly done: boolean
  /** Money was asked for, at least. */
  readonly paying: boolean
  /** It was charged and is kept: told so, the saga passes the point of no return. */
  readonly paid: boolean
}

export const decidedBy = (
  sagaId: string,
  { order, payment, books, reservation }: OrderEvidence,
  streams: StreamFacts,
): Decided => ({
  undone:
    order?.status === 'CANCELLED' ||
    payment?.undone === true ||
    books?.entries.some(({ kind }) => kind !== 'charge') === true ||
    reservation?.status === 'RELEASED' ||
    streams.undoing.has(sagaId),
  done: order?.status === 'CONFIRMED' || reservation?.status === 'COMMITTED' || streams.completing.has(sagaId),
  paying: payment !== undefined || books !== undefined,
  paid: payment?.status === 'CONFIRMED' && !payment.undone,
})

/** Charged, and not given back. */
export const keptOf = (books: BookFact | undefined): number => (books ? books.charged - books.refunded : 0)
