import { expect, test } from 'vitest'
import type { Purchase } from './customers.ts'
import { type OrderEnd, wrongOrders } from './oracle.ts'

const approved = { name: 'approved', paymentMethod: 'sim_approved', endings: ['CONFIRMED'], weight: 1 } as const
const purchase = (orderId: string, wasCancelled = false): Purchase => ({
  kind: approved,
  sentAtMs: 1,
  acceptedAtMs: 2,
  orderId,
  wasCancelled,
})
const ends = (...pairs: readonly (readonly [string, string])[]): ReadonlyMap<string, OrderEnd> =>
  new Map(pairs.map(([orderId, status]) => [orderId, { orderId, status, reason: 'x', endedAtMs: 3 }]))

test('orders that all exist and ended as they may are no violation', () => {
  const found = ends(['a', 'CONFIRMED'], ['b', 'CANCELLED'], ['c', 'CONFIRMED'])
  expect(wrongOrders([purchase('a'), purchase('b', true), purchase('c', true)], found)).toEqual([])
})

test('an order that was accepted and is gone, ended otherwise or not at all, and one that nobody placed, are told', () => {
  const found = ends(['b', 'CANCELLED'], ['c', 'PENDING'], ['d', 'CONFIRMED'])
  expect(wrongOrders([purchase('a'), purchase('b'), purchase('c', true)], found)).toEqual([
    'order a (approved) was accepted and does not exist',
    'order b (approved) is CANCELLED (x), not CONFIRMED',
    'order c (approved) is PENDING (x), not CONFIRMED or CANCELLED',
    'order d exists, and nobody was told of it',
  ])
})
