import { orderCancel, orderConfirm, orderFail } from '@skald/contracts'
import { tasks } from '@skald/messaging'
import { decide, MemoryRows, messageOf } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { ORDER, orderOf, placed, SAGA } from '../../test/orders.ts'
import { cancelRequestId } from '../orders/announcements.ts'
import { cancelledOrders } from '../orders/order-tables.ts'
import { requestCancel } from '../requests/request-cancel.ts'
import { cancelOrder } from './cancel-order.ts'
import { confirmOrder } from './confirm-order.ts'
import { failOrder } from './fail-order.ts'

const confirm = (rows: MemoryRows) => decide(rows, confirmOrder, messageOf(orderConfirm.type, { orderId: ORDER }))
const cancel = (rows: MemoryRows, reason = 'out-of-stock') =>
  decide(rows, cancelOrder, messageOf(orderCancel.type, { orderId: ORDER, reason }))
const effect = { effect: 'payment.refund', amount: { amount: 1_000, currency: 'EUR' } }
const fail = (rows: MemoryRows) =>
  decide(rows, failOrder, messageOf(orderFail.type, { orderId: ORDER, reason: 'refused 10 times', ...effect }))

const withCancelRequest = () => {
  const rows = placed()
  const about = { id: cancelRequestId(ORDER), correlationId: SAGA }
  decide(rows, requestCancel, messageOf(requestCancel.type, { orderId: ORDER }, about))
  return rows
}

describe('confirming', () => {
  test('ends the order well, and with it all its announcements', () => {
    const rows = withCancelRequest()
    expect(rows.all(tasks)).toHaveLength(2)
    expect(confirm(rows).says).toMatchObject([{ type: 'order.confirmed.v1', data: { orderId: ORDER } }])
    expect(orderOf(rows)).toMatchObject({ status: 'CONFIRMED', reason: null })
    expect(rows.all(cancelledOrders)).toEqual([])
    expect(rows.all(tasks)).toEqual([])
  })

  test('again answers again', () => {
    const rows = placed()
    const first = confirm(rows)
    expect(confirm(rows).says).toEqual(first.says)
  })

  test('what was cancelled is refused: no answer would be true', () => {
    const rows = placed()
    cancel(rows)
    expect(confirm(rows).refuse?.reason).toBe('ended-otherwise')
    expect(orderOf(rows)?.status).toBe('CANCELLED')
  })
})

describe('cancelling', () => {
  test('ends the order with the reason', () => {
    const rows = withCancelRequest()
    expect(cancel(rows).says).toMatchObject([{ type: 'order.cancelled.v1', data: { reason: 'out-of-stock' } }])
    expect(orderOf(rows)).toMatchObject({ status: 'CANCELLED', reason: 'out-of-stock' })
    expect(rows.all(cancelledOrders)).toMatchObject([{ order_id: ORDER }])
    expect(rows.all(tasks)).toEqual([])
  })

  test('again, for another reason, answers with the first', () => {
    const rows = placed()
    cancel(rows)
    expect(cancel(rows, 'changed their mind').says).toMatchObject([{ data: { reason: 'out-of-stock' } }])
    expect(orderOf(rows)?.reason).toBe('out-of-stock')
  })

  test('what was confirmed is refused', () => {
    const rows = placed()
    confirm(rows)
    expect(cancel(rows).refuse?.reason).toBe('ended-otherwise')
    expect(orderOf(rows)?.status).toBe('CONFIRMED')
  })
})

describe('an order whose saga waits for a person', () => {
  test('is published as failed with the effect and the amount, and may still end either way', () => {
    const rows = placed()
    expect(fail(rows).says).toMatchObject([
      { type: 'order.failed.v1', data: { orderId: ORDER, reason: 'refused 10 times', ...effect } },
    ])
    expect(orderOf(rows)?.status).toBe('PENDING')
    expect(rows.all(tasks)).toHaveLength(1)
    expect(cancel(rows).says).toMatchObject([{ type: 'order.cancelled.v1' }])
  })

  test('may be confirmed already when its stock is what is stuck', () => {
    const rows = placed()
    confirm(rows)
    expect(fail(rows).says).toMatchObject([{ type: 'order.failed.v1' }])
  })
})

test.each([
  ['confirm', confirm],
  ['cancel', cancel],
  ['fail', fail],
])('a command to %s an order that nobody took is refused with the reason', (_name, send) => {
  expect(send(new MemoryRows()).refuse?.reason).toBe('unknown-order')
})
