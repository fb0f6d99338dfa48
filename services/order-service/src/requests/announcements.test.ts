import { envelop, type Message, tasks } from '@skald/messaging'
import { decide, type MemoryRows, messageOf, NOW_MS, takeTask } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { catalogue, ORDER, orderOf, place, placed, product, SAGA } from '../../test/orders.ts'
import { ANNOUNCE_CANCEL, ANNOUNCE_ORDER, cancelRequestId } from '../orders/announcements.ts'
import { orders } from '../orders/order-tables.ts'
import { announceAgain } from './announce-again.ts'
import { requestCancel } from './request-cancel.ts'

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

const cancel = (rows: MemoryRows, nowMs = NOW_MS + 1_000) => {
  const about = { id: cancelRequestId(ORDER), correlationId: SAGA }
  const request = messageOf(requestCancel.type, { orderId: ORDER }, about)
  return { request, ...decide(rows, requestCancel, request, nowMs) }
}

/** By default everything that was said has been handled. */
const announce = (rows: MemoryRows, kind: string, nowMs = NOW_MS + 40_000, handledUpToMs = Number.MAX_SAFE_INTEGER) =>
  decide(rows, announceAgain, messageOf('task', { task: takeTask(rows, kind), handledUpToMs }), nowMs)

/** What the runtime makes of the first thing that was said because of a request. */
const firstSaid = (request: Message, said: Parameters<typeof envelop>[1] | undefined, handledAtMs: number): Message => {
  if (!said) throw new Error('nothing was said')
  return envelop({ source: '/order-service', cause: request, handledAtMs }, said, 0)
}

describe('the announcement of an order', () => {
  test('is, byte for byte, the event that was first said, under the next number', () => {
    const rows = catalogue(product('lamp', 500))
    const { request, says } = place(rows, { paymentMethod: 'sim_approved' })
    const first = firstSaid(request, says?.[0], NOW_MS)
    const { repeats } = announce(rows, ANNOUNCE_ORDER)
    expect(repeats?.map(({ repeat }) => repeat)).toEqual([1])
    expect(JSON.stringify(repeats?.[0]?.message)).toBe(JSON.stringify(first))
    expect(announce(rows, ANNOUNCE_ORDER).repeats?.map(({ repeat }) => repeat)).toEqual([2])
  })

  test('keeps the trace of the request that placed the order', () => {
    const rows = catalogue(product('lamp', 500))
    place(rows, { traceparent: TRACE })
    expect(announce(rows, ANNOUNCE_ORDER).repeats?.[0]?.message.traceparent).toBe(TRACE)
  })

  test('comes later and later, at the latest every ten minutes', () => {
    const rows = placed()
    const waits = Array.from({ length: 7 }, () => {
      announce(rows, ANNOUNCE_ORDER, NOW_MS)
      return (rows.all(tasks)[0]?.due_at ?? 0) - NOW_MS
    })
    expect(waits).toEqual([20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000])
  })

  test('is not said again while the last one may still stand in a queue; the task looks again later', () => {
    const rows = placed()
    const dueIn = (nowMs: number) => (rows.all(tasks)[0]?.due_at ?? 0) - nowMs
    expect(announce(rows, ANNOUNCE_ORDER, NOW_MS + 10_000, NOW_MS)).toEqual({})
    expect(dueIn(NOW_MS + 10_000)).toBe(10_000)
    expect(announce(rows, ANNOUNCE_ORDER, NOW_MS + 60_000, NOW_MS + 1).repeats).toHaveLength(1)
    expect(dueIn(NOW_MS + 60_000)).toBe(20_000)
    expect(announce(rows, ANNOUNCE_ORDER, NOW_MS + 120_000, NOW_MS + 60_000)).toEqual({})
    expect(announce(rows, ANNOUNCE_ORDER, NOW_MS + 180_000, NOW_MS + 60_001).repeats).toMatchObject([{ repeat: 4 }])
  })

  test('is not put off by looks that say nothing, however many losses are noticed', () => {
    const rows = placed()
    for (let look = 0; look < 10; look++) announce(rows, ANNOUNCE_ORDER, NOW_MS + look, NOW_MS)
    expect(rows.all(tasks)[0]?.due_at).toBe(NOW_MS + 9 + 10_000)
  })

  test('ends with the order', () => {
    const rows = placed()
    rows.put(orders, { ...placedOrder(rows), status: 'CONFIRMED' })
    expect(announce(rows, ANNOUNCE_ORDER)).toEqual({})
    expect(rows.all(tasks)).toEqual([])
  })
})

const placedOrder = (rows: MemoryRows) => {
  const order = orderOf(rows)
  if (!order) throw new Error('the order was not taken')
  return order
}

describe('a request to cancel', () => {
  test('is said to the saga and leaves the order as it is', () => {
    const rows = placed()
    const { says, reply } = cancel(rows)
    expect(reply).toEqual({ kind: 'taken' })
    expect(says).toEqual([{ type: 'order.cancel-requested.v1', subject: ORDER, data: { orderId: ORDER } }])
    expect(orderOf(rows)).toMatchObject({ status: 'PENDING', cancel_requested_at: NOW_MS + 1_000 })
  })

  test('asked twice is taken twice and said once', () => {
    const rows = placed()
    cancel(rows)
    const again = cancel(rows, NOW_MS + 5_000)
    expect(again.reply).toEqual({ kind: 'taken' })
    expect(again.says).toBeUndefined()
    expect(orderOf(rows)?.cancel_requested_at).toBe(NOW_MS + 1_000)
  })

  test('is announced again as the very same event', () => {
    const rows = placed()
    const { request, says } = cancel(rows)
    const first = firstSaid(request, says?.[0], NOW_MS + 1_000)
    const { repeats } = announce(rows, ANNOUNCE_CANCEL)
    expect(JSON.stringify(repeats?.[0]?.message)).toBe(JSON.stringify(first))
    expect(first).toMatchObject({ correlationId: SAGA, subject: ORDER })
  })

  test('for an unknown order, or one that has ended, says so', () => {
    const rows = catalogue()
    expect(cancel(rows).reply).toEqual({ kind: 'unknown' })
    const ended = placed()
    ended.put(orders, { ...placedOrder(ended), status: 'CONFIRMED' })
    expect(cancel(ended)).toMatchObject({ reply: { kind: 'ended', status: 'CONFIRMED' } })
    expect(cancel(ended).says).toBeUndefined()
  })
})
