import { randomUUID } from 'node:crypto'
import { orderCancel, orderConfirm } from '@skald/contracts'
import { type Answer, eventually } from '@skald/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Running, startRunning } from './running.ts'

let running: Running
let lamp: string
beforeAll(async () => {
  running = await startRunning()
  lamp = await running.product(1_250)
})
afterAll(() => running.close())

const bodyOf = (more: object = {}) => ({ customerId: 'customer-1', items: [{ sku: lamp, quantity: 2 }], ...more })
const place = (more: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  running.request('POST', '/orders', bodyOf(more), headers)
const placed = async (more: object = {}) => {
  const { status, body } = await place(more)
  expect(status).toBe(201)
  return { orderId: String(body['orderId']), sagaId: String(body['sagaId']) }
}
const heardOf = (orderId: string, type: string) =>
  running.wire.heard.filter(({ message }) => message.subject === orderId && message.type === type)
const heardOnce = (orderId: string, type: string) =>
  eventually(() => {
    const [heard, ...others] = heardOf(orderId, type)
    if (!heard) throw new Error(`${type} of ${orderId} was not heard`)
    expect(others).toEqual([])
    return heard
  })
const statusOf = async (orderId: string) => (await running.request('GET', `/orders/${orderId}`)).body['status']

describe('POST /orders', () => {
  test('takes an order, answers where it is, and says that it was created', async () => {
    const { status, headers, body } = await place({ paymentMethod: 'sim_slow_250' })
    const total = { amount: 2_500, currency: 'EUR' }
    expect(status).toBe(201)
    expect(body).toEqual({
      orderId: expect.any(String),
      sagaId: expect.any(String),
      status: 'PENDING',
      total,
    })
    expect(headers['location']).toBe(`/orders/${String(body['orderId'])}`)
    const order = await running.request('GET', String(headers['location']))
    const items = [{ sku: lamp, quantity: 2, price: { amount: 1_250, currency: 'EUR' } }]
    expect(order.body).toMatchObject({ ...body, customerId: 'customer-1', items })
    const { message } = await heardOnce(String(body['orderId']), 'order.created.v1')
    expect(message).toMatchObject({
      correlationId: body['sagaId'],
      source: '/order-service',
      time: order.body['createdAt'],
      data: { orderId: body['orderId'], items, total, paymentMethod: 'sim_slow_250' },
    })
  })

  test('passes on the trace of the request', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { body } = await place({}, { traceparent })
    const { message } = await heardOnce(String(body['orderId']), 'order.created.v1')
    expect(message.traceparent).toBe(traceparent)
  })

  test('names products that are not in the catalogue', async () => {
    const { status, body } = await place({
      items: [
        { sku: lamp, quantity: 1 },
        { sku: 'nothing', quantity: 1 },
      ],
    })
    expect(status).toBe(422)
    expect(body).toMatchObject({ type: 'urn:skald:problem:unknown-sku', errors: [{ field: 'items[1].sku' }] })
    expect(body['detail']).toContain('nothing')
  })

  test('refuses prices in several currencies and totals that cannot be counted', async () => {
    const dollars = await running.product(100, { price: { amount: 100, currency: 'USD' } })
    const mixed = await place({
      items: [
        { sku: lamp, quantity: 1 },
        { sku: dollars, quantity: 1 },
      ],
    })
    expect(mixed).toMatchObject({ status: 422, body: { type: 'urn:skald:problem:mixed-currencies' } })
    const gold = await running.product(Number.MAX_SAFE_INTEGER)
    const large = await place({ items: [{ sku: gold, quantity: 2 }] })
    expect(large).toMatchObject({ status: 422, body: { type: 'urn:skald:problem:total-too-large' } })
  })

  test('orders up to a million of a sku, also over several lines, and no more', async () => {
    const cheap = await running.product(1)
    const lines = (...quantities: number[]) => ({ items: quantities.map((quantity) => ({ sku: cheap, quantity })) })
    expect((await place(lines(999_999, 1))).status).toBe(201)
    expect((await place(lines(1_000_000))).status).toBe(201)
    expect(await place(lines(999_999, 2))).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'items[1].quantity' }] },
    })
    expect((await place(lines(1_000_001))).status).toBe(400)
  })

  test.each([
    ['no items', { items: [] }],
    ['more than 100 items', { items: Array.from({ length: 101 }, (_, place) => ({ sku: `s${place}`, quantity: 1 })) }],
    ['a quantity of 0', { items: [{ sku: 'a', quantity: 0 }] }],
    ['half a piece', { items: [{ sku: 'a', quantity: 0.5 }] }],
    ['a quantity in quotes', { items: [{ sku: 'a', quantity: '1' }] }],
    ['a price of its own', { items: [{ sku: 'a', quantity: 1, price: 1 }] }],
    ['an unknown field', { total: 1 }],
    ['a customer id with a blank', { customerId: 'a b' }],
    ['a customer id of 65 characters', { customerId: 'c'.repeat(65) }],
    ['an unknown payment token', { paymentMethod: 'sim_unknown' }],
    ['a token of another gateway', { paymentMethod: 'pm_card_visa' }],
    ['a token that waits too long', { paymentMethod: 'sim_slow_600001' }],
    ['a payment method that is no text', { paymentMethod: null }],
  ])('refuses %s with 400', async (_why, more) => {
    expect(await place(more)).toMatchObject({ status: 400, body: { type: 'urn:skald:problem:invalid-request' } })
  })

  test('takes many orders at once, each durable and each said once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => place()))
    const ids = answers.map(({ status, body }) => {
      expect(status).toBe(201)
      return String(body['orderId'])
    })
    expect(new Set(ids).size).toBe(300)
    await eventually(() => {
      for (const id of ids) expect(heardOf(id, 'order.created.v1')).toHaveLength(1)
    })
  })
})

describe('an Idempotency-Key', () => {
  test('makes one order of many equal requests, and answers each alike', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const answers = await Promise.all(Array.from({ length: 20 }, () => place({}, key)))
    for (const { status, headers, body } of answers) {
      expect({ status, body, location: headers['location'] }).toEqual({
        status: 201,
        body: answers[0]?.body,
        location: `/orders/${String(answers[0]?.body['orderId'])}`,
      })
    }
    await heardOnce(String(answers[0]?.body['orderId']), 'order.created.v1')
  })

  test('is the same for a body that says the same in another way', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const first = await place({}, key)
    const { items, customerId } = bodyOf()
    const again = await running.request('POST', '/orders', { items, customerId }, key)
    expect(again.body).toEqual(first.body)
  })

  test('of another body is refused', async () => {
    const key = { 'idempotency-key': randomUUID() }
    await place({}, key)
    const other = await place({ paymentMethod: 'sim_approved' }, key)
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:skald:problem:idempotency-key-reused' } })
  })

  test.each(['', 'x'.repeat(256), 'with blank', 'é'])('is refused when it is %j', async (key) => {
    expect((await place({}, { 'idempotency-key': key })).status).toBe(400)
  })
})

describe('the end of an order', () => {
  test('is confirmed by its saga, once and for ever', async () => {
    const { orderId } = await placed()
    const command = await running.wire.send(orderConfirm({ orderId }))
    await eventually(() => expect(running.wire.answersTo(command)).toMatchObject([{ type: 'order.confirmed.v1' }]))
    expect(await statusOf(orderId)).toBe('CONFIRMED')
    expect(await running.request('POST', `/orders/${orderId}/cancel`)).toMatchObject({
      status: 409,
      body: { type: 'urn:skald:problem:order-ended' },
    })
    const wrong = await running.wire.send(orderCancel({ orderId, reason: 'late' }))
    await eventually(async () => {
      const letters = await running.database.query('SELECT reason FROM dead_letter WHERE message_id = $1', [wrong])
      expect(letters).toEqual([{ reason: 'ended-otherwise' }])
    })
    expect(await statusOf(orderId)).toBe('CONFIRMED')
    expect(await running.database.query('SELECT id FROM task WHERE id LIKE $1', [`%${orderId}`])).toEqual([])
  })

  test('is cancelled with the reason', async () => {
    const { orderId } = await placed()
    await running.wire.send(orderCancel({ orderId, reason: 'out-of-stock' }))
    await eventually(async () => expect(await statusOf(orderId)).toBe('CANCELLED'))
    expect((await running.request('GET', `/orders/${orderId}`)).body).toMatchObject({ reason: 'out-of-stock' })
  })

  test('of an unknown order is a dead letter', async () => {
    const command = await running.wire.send(orderConfirm({ orderId: randomUUID() }))
    await eventually(async () => {
      const letters = await running.database.query('SELECT reason FROM dead_letter WHERE message_id = $1', [command])
      expect(letters).toEqual([{ reason: 'unknown-order' }])
    })
  })

  test('may be asked for by the customer: the saga is told once, however often', async () => {
    const { orderId, sagaId } = await placed()
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => running.request('POST', `/orders/${orderId}/cancel`)),
    )
    expect(asked.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202])
    const { message } = await heardOnce(orderId, 'order.cancel-requested.v1')
    expect(message.correlationId).toBe(sagaId)
    expect(await statusOf(orderId)).toBe('PENDING')
    expect((await running.request('POST', `/orders/${randomUUID()}/cancel`)).status).toBe(404)
  })

  test('is not asked for by a cancel that says more than is listened to', async () => {
    const { orderId } = await placed()
    const refused = await running.request('POST', `/orders/${orderId}/cancel`, { reason: 'changed my mind' })
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'reason' }] } })
    const [order] = await running.database.query('SELECT cancel_requested_at FROM orders WHERE order_id = $1', [
      orderId,
    ])
    expect(order).toEqual({ cancel_requested_at: null })
    expect((await running.request('POST', `/orders/${orderId}/cancel`, {})).status).toBe(202)
  })
})

describe('GET /orders', () => {
  const walk = async (filter: string): Promise<readonly string[]> => {
    const ids: string[] = []
    let cursor = ''
    do {
      const { status, body } = await running.request('GET', `/orders?limit=2${filter}${cursor}`)
      expect(status).toBe(200)
      ids.push(...(body['items'] as { orderId: string }[]).map(({ orderId }) => orderId))
      const { nextCursor } = body as { nextCursor?: string }
      cursor = nextCursor === undefined ? '' : `&cursor=${nextCursor}`
    } while (cursor !== '')
    return ids
  }

  test('lists newest first, by customer and by status, each order once', async () => {
    const customerId = randomUUID()
    const ids: string[] = []
    for (let count = 0; count < 5; count += 1) ids.unshift((await placed({ customerId })).orderId)
    const [newest = '', cancelled = '', ...others] = ids
    await running.wire.send(orderConfirm({ orderId: newest }))
    await running.wire.send(orderCancel({ orderId: cancelled, reason: 'out-of-stock' }))
    await eventually(async () => expect(await statusOf(newest)).toBe('CONFIRMED'))
    await eventually(async () => expect(await statusOf(cancelled)).toBe('CANCELLED'))
    expect(await walk(`&customerId=${customerId}`)).toEqual(ids)
    expect(await walk(`&customerId=${customerId}&status=PENDING`)).toEqual(others)
    expect(await walk(`&customerId=${customerId}&status=CONFIRMED`)).toEqual([newest])
    for (const [status, ours] of [
      ['PENDING', others],
      ['CONFIRMED', [newest]],
      ['CANCELLED', [cancelled]],
    ] as const) {
      const listed = await walk(`&status=${status}`)
      expect(listed.filter((id) => ids.includes(id))).toEqual(ours)
      expect(new Set(listed).size).toBe(listed.length)
    }
    const { body } = await running.request('GET', '/orders?limit=5')
    expect((body['items'] as { orderId: string }[]).map(({ orderId }) => orderId)).toEqual(ids)
  })

  test.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'status=pending',
    'status=LOST',
    'customerId=a%20b',
    'cursor=x',
    'page=2',
  ])('refuses %s', async (query) => {
    expect((await running.request('GET', `/orders?${query}`)).status).toBe(400)
  })

  test('answers 404 for an unknown order and an unknown product', async () => {
    expect((await running.request('GET', `/orders/${randomUUID()}`)).status).toBe(404)
    expect((await running.request('GET', '/catalogue/nothing')).status).toBe(404)
  })
})
