import type pg from 'pg'
import { HISTORY, STOCK } from './floor-database.ts'
import { LINES, SKUS } from './order.ts'

/** How many there are of each, with the orders of the past; what left the stock and what is held of it, in pieces. */
export interface Books {
  readonly confirmed: number
  readonly cancelled: number
  readonly unended: number
  readonly committed: number
  readonly released: number
  readonly held: number
  readonly paid: number
  readonly declined: number
  readonly undecided: number
  readonly charged: number
  readonly refused: number
  readonly sold: number
  readonly reserved: number
}

const count = (table: string, column: string, value: string): string =>
  `(SELECT count(*) FROM ${table} WHERE ${column} = '${value}')`

const COUNTS: Readonly<Record<keyof Books, string>> = {
  confirmed: count('orders', 'status', 'CONFIRMED'),
  cancelled: count('orders', 'status', 'CANCELLED'),
  unended: count('orders', 'status', 'PENDING'),
  committed: count('reservation', 'status', 'COMMITTED'),
  released: count('reservation', 'status', 'RELEASED'),
  held: count('reservation', 'status', 'HELD'),
  paid: count('payment', 'status', 'CONFIRMED'),
  declined: count('payment', 'status', 'FAILED'),
  undecided: count('payment', 'status', 'PENDING'),
  charged: count('gateway.charge', 'outcome', 'succeeded'),
  refused: count('gateway.charge', 'outcome', 'refused'),
  sold: `(SELECT ${SKUS.length * STOCK} - sum(on_hand) FROM stock)`,
  reserved: '(SELECT sum(reserved) FROM stock)',
}

export const readBooks = async (client: pg.Client): Promise<Books> => {
  const columns = Object.entries(COUNTS).map(([name, sql]) => `${sql}::integer AS ${name}`)
  const { rows } = await client.query<Books>(`SELECT ${columns.join(', ')}`)
  if (!rows[0]) throw new Error('PostgreSQL counted nothing')
  return rows[0]
}

/**
 * Every order has ended with all that belongs to it, and there is exactly one order a saga that was counted.
 *
 * @throws naming each book that does not balance.
 */
export const requireBalance = (books: Books, sagas: number, callsGateway: boolean): void => {
  const { confirmed, cancelled } = books
  const expected: Partial<Record<keyof Books, number>> = {
    unended: 0,
    held: 0,
    undecided: 0,
    reserved: 0,
    committed: confirmed,
    paid: confirmed,
    sold: LINES * confirmed,
    released: cancelled,
    declined: cancelled,
    cancelled: HISTORY + sagas - confirmed,
    charged: callsGateway ? confirmed : HISTORY,
    refused: callsGateway ? cancelled : 0,
  }
  const faults = Object.entries(expected)
    .filter(([name, value]) => books[name as keyof Books] !== value)
    .map(([name, value]) => `${name} is ${books[name as keyof Books]} instead of ${value}`)
  if (faults.length > 0) throw new Error(`the floor's books do not balance: ${faults.join(', ')}`)
}
