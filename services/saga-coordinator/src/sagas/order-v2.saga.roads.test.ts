import { orderCreated } from '@skald/contracts'
import { assertRoads } from '@skald/saga'
import { expect, it } from 'vitest'
import { orderSagaV2 } from './order-v2.saga.ts'

const money = { amount: 2000, currency: 'EUR' }
const { data: start } = orderCreated({
  orderId: 'order-1',
  customerId: 'customer-1',
  items: [{ sku: 'tea', quantity: 1, price: money }],
  total: money,
})

it('every road of an order with a fraud check ends all done, all undone, or with a person', () => {
  const definition = orderSagaV2({ stepTimeoutMs: 30_000, undoAttempts: 2, undoBackoffMs: 1000 })
  const { ended } = assertRoads(definition, {
    start,
    outside: { 'order.cancel-requested.v1': { orderId: 'order-1' } },
    reply: () => ({ orderId: 'order-1', reason: 'walked' }),
    regardless: ['reason'],
    ends: {
      COMPLETED: [
        'inventory.reserve.v1',
        'fraud.check.v1',
        'payment.charge.v1',
        'inventory.commit.v1',
        'order.confirm.v1',
      ],
      COMPENSATED: ['order.cancel.v1'],
    },
  })
  expect(Object.keys(ended).sort()).toEqual(['COMPENSATED', 'COMPLETED'])
})
