import type { Order } from './order.ts'
import {
  chargeAtGateway,
  commitStock,
  endOrder,
  placeOrder,
  recordPayment,
  releaseStock,
  reserveStock,
  type Statement,
  settlePayment,
} from './statements.ts'

/** Commits one statement; fails when it wrote another number of rows than that. */
export type Commit = (statement: Statement, values: readonly (string | null)[], rows: number) => Promise<void>

/** What an order costs without anybody who orchestrates it. */
export interface Floor {
  readonly name: 'five transactions' | 'seven transactions'
  readonly statements: readonly Statement[]
  /** Whether an order leaves a row in the gateway's books. */
  readonly callsGateway: boolean
  readonly run: (order: Order, commit: Commit) => Promise<void>
}

const DECLINED = 'the card was declined'
const CUSTOMER = 'bench'

const always = [placeOrder, reserveStock, recordPayment, commitStock, releaseStock, endOrder]

/** Order, reservation, payment with its outcome, stock committed or released, order ended. */
export const fiveTransactions: Floor = {
  name: 'five transactions',
  statements: always,
  callsGateway: false,
  async run(order, commit) {
    await take(order, commit)
    const { orderId, total, currency } = order
    const status = order.isDeclined ? 'FAILED' : 'CONFIRMED'
    await commit(recordPayment, [orderId, status, total, currency, null, settled(order)], 1)
    await end(order, commit)
  },
}

/** The same with a gateway that is another party: the intent is durable before the call, and so is what it answers. */
export const sevenTransactions: Floor = {
  name: 'seven transactions',
  statements: [...always, chargeAtGateway, settlePayment],
  callsGateway: true,
  async run(order, commit) {
    await take(order, commit)
    const { orderId, total, currency, isDeclined } = order
    const key = keyOf(order)
    await commit(recordPayment, [orderId, 'PENDING', total, currency, key, intended(order)], 1)
    const answer = isDeclined ? ['refused', DECLINED] : ['succeeded', null]
    await commit(chargeAtGateway, [key, orderId, total, currency, ...answer], 1)
    await commit(settlePayment, [orderId, isDeclined ? 'FAILED' : 'CONFIRMED', settled(order)], 1)
    await end(order, commit)
  },
}

const take = async (order: Order, commit: Commit): Promise<void> => {
  await commit(placeOrder, placeOrderValues(order, CUSTOMER), 1)
  await commit(reserveStock, [order.orderId, order.skus, order.quantities, order.lines], 1)
}

const end = async ({ orderId, skus, quantities, isDeclined }: Order, commit: Commit): Promise<void> => {
  await commit(isDeclined ? releaseStock : commitStock, [orderId, skus, quantities], 2)
  await commit(endOrder, isDeclined ? [orderId, 'CANCELLED', DECLINED] : [orderId, 'CONFIRMED', null], 1)
}

export const placeOrderValues = (order: Order, customerId: string): readonly string[] => [
  order.orderId,
  order.sagaId,
  customerId,
  order.pricedLines,
  order.total,
  order.currency,
]

const keyOf = ({ orderId }: Order): string => `${orderId}/charge/0`

/** The payment's transactions as payment-service keeps them: before the gateway answered, and after. */
const intended = (order: Order): string => transactions(order, 'PENDING', null, null)

const settled = (order: Order): string =>
  order.isDeclined
    ? transactions(order, 'FAILED', null, DECLINED)
    : transactions(order, 'SUCCEEDED', `sim:${keyOf(order)}`, null)

const transactions = (order: Order, status: string, gatewayReference: string | null, reason: string | null): string =>
  JSON.stringify([
    {
      id: keyOf(order),
      amount: { amount: Number(order.total), currency: order.currency },
      gatewayReference,
      reason,
      kind: 'charge',
      status,
      atMs: order.atMs,
    },
  ])
