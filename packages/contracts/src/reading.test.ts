import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type Contract,
  contracts,
  inventoryReserve,
  inventoryReserved,
  limits,
  money,
  orderCancelled,
  orderCreated,
  parseData,
  paymentCharge,
  productUpdated,
  reason,
  toReason,
} from './index.ts'

const order = {
  orderId: 'order-1',
  customerId: 'customer-1',
  items: [{ sku: 'sku-1', quantity: 2, price: { amount: 1_999, currency: 'EUR' } }],
  total: { amount: 3_998, currency: 'EUR' },
}

describe('the data of a message', () => {
  test('is read as it was said', () => {
    expect(parseData(orderCreated, order)).toEqual({ ok: true, data: order })
  })

  test('is read without the fields that only later versions of a writer know', () => {
    const later = {
      ...order,
      channel: 'web',
      items: [{ ...order.items[0], gift: true, price: { amount: 1_999, currency: 'EUR', tax: 0.19 } }],
    }
    expect(parseData(orderCreated, later)).toStrictEqual({ ok: true, data: order })
    expect(later.items[0]?.gift).toBe(true)
  })

  test('is read by its type too', () => {
    expect(contracts.check('order.created.v1', order)).toEqual({ ok: true, data: order })
    expect(contracts.check('parcel.sent.v1', order)).toEqual({
      ok: false,
      detail: 'no contract is called "parcel.sent.v1"',
    })
  })

  test('is about what the message is about', () => {
    expect(contracts.check('order.created.v1', order, order.orderId)).toEqual({ ok: true, data: order })
    expect(contracts.check('order.created.v1', order, 'another')).toEqual({
      ok: false,
      detail: `subject: expected "${order.orderId}", which the data are about, got "another"`,
    })
    expect(contracts.check('product.announce.v1', { limit: 1 }, 'anything')).toMatchObject({ ok: true })
  })
})

const charge = (amount: unknown) => ({ orderId: 'order-1', amount })
const reserve = (items: unknown) => ({ orderId: 'order-1', items })
const line = { sku: 'sku-1', quantity: 1 }
const ID = 'expected 1 to 64 characters of A-Z a-z 0-9 . _ : -'
const REASON = 'expected 1 to 500 characters without control characters'

describe('a fault is named with its field, what was expected and what came', () => {
  const faulty: readonly (readonly [contract: Contract, data: unknown, detail: string])[] = [
    [inventoryReserved, undefined, 'data: expected object, got nothing'],
    [inventoryReserved, null, 'data: expected object, got null'],
    [inventoryReserved, [], 'data: expected object, got 0 items'],
    [inventoryReserved, 'order-1', 'data: expected object, got "order-1"'],
    [inventoryReserved, {}, `orderId: ${ID}, got nothing`],
    [inventoryReserved, { orderId: 7 }, `orderId: ${ID}, got 7`],
    [inventoryReserved, { orderId: '' }, `orderId: ${ID}, got ""`],
    [inventoryReserved, { orderId: 'order 1' }, `orderId: ${ID}, got "order 1"`],
    [inventoryReserved, { orderId: 'order-1\n' }, `orderId: ${ID}, got "order-1\\n"`],
    [inventoryReserved, { orderId: 'o'.repeat(65) }, `orderId: ${ID}, got text of 65 characters`],
    [inventoryReserved, { orderId: { id: 1 } }, `orderId: ${ID}, got an object`],
    [inventoryReserve, reserve([]), 'items: expected 1 to 100 items, got 0 items'],
    [inventoryReserve, reserve({}), 'items: expected 1 to 100 items, got an object'],
    [inventoryReserve, reserve(Array(101).fill(line)), 'items: expected 1 to 100 items, got 101 items'],
    [
      inventoryReserve,
      reserve([line, { ...line, quantity: '2' }]),
      'items.1.quantity: expected integer 1..1000000, got "2"',
    ],
    [inventoryReserve, reserve([{ ...line, quantity: 0 }]), 'items.0.quantity: expected integer 1..1000000, got 0'],
    [inventoryReserve, reserve([{ ...line, quantity: 1.5 }]), 'items.0.quantity: expected integer 1..1000000, got 1.5'],
    [
      inventoryReserve,
      reserve([{ ...line, quantity: 1_000_001 }]),
      'items.0.quantity: expected integer 1..1000000, got 1000001',
    ],
    [
      inventoryReserve,
      reserve([{ ...line, quantity: true }]),
      'items.0.quantity: expected integer 1..1000000, got true',
    ],
    [inventoryReserve, reserve([null]), 'items.0: expected object, got null'],
    [paymentCharge, charge(5), 'amount: expected object, got 5'],
    [
      paymentCharge,
      charge({ amount: 2 ** 53, currency: 'EUR' }),
      'amount.amount: expected integer 0..9007199254740991, got 9007199254740992',
    ],
    [
      paymentCharge,
      charge({ amount: -1, currency: 'eur' }),
      'amount.amount: expected integer 0..9007199254740991, got -1; amount.currency: expected three capital letters, such as EUR, got "eur"',
    ],
    [orderCancelled, { orderId: 'o', reason: 'a\u0007' }, `reason: ${REASON}, got "a\\u0007"`],
    [orderCancelled, { orderId: 'o', reason: 'a\ud800' }, `reason: ${REASON}, got "a\\ud800"`],
    [orderCancelled, { orderId: 'o', reason: 'a'.repeat(501) }, `reason: ${REASON}, got text of 501 characters`],
    [
      productUpdated,
      { sku: 's', name: 'n', price: { amount: 1, currency: 'EUR' }, version: 0 },
      'version: expected integer 1..9007199254740991, got 0',
    ],
  ]
  test.each(faulty.map(([contract, data, detail]) => [detail, contract, data] as const))(
    '%s',
    (detail, contract, data) => {
      expect(contracts.check(contract.type, data)).toEqual({ ok: false, detail })
    },
  )

  test('unknown fields beside a fault are not blamed', () => {
    expect(parseData(inventoryReserved, { orderId: 7, colour: 'red' })).toEqual({
      ok: false,
      detail: `orderId: ${ID}, got 7`,
    })
  })

  test('only the first five of many are listed', () => {
    const data = reserve(Array(100).fill({ sku: '', quantity: 0 }))
    const read = parseData(inventoryReserve, data)
    expect(read).toMatchObject({ ok: false, detail: expect.stringMatching(/and 195 more$/) })
  })

  test('the detail has at most 500 characters', () => {
    const deep = z.strictObject({ ['f'.repeat(600)]: z.string() })
    const read = parseData(
      Object.assign((): undefined => undefined, { schema: deep }),
      {},
    )
    expect(read.ok ? '' : read.detail).toHaveLength(500)
  })
})

describe('texts', () => {
  test('are measured in characters, not in UTF-16 units', () => {
    expect(reason.safeParse('😀'.repeat(limits.reasonMaxChars)).success).toBe(true)
    expect(reason.safeParse('😀'.repeat(limits.reasonMaxChars + 1)).success).toBe(false)
  })

  test.each([
    ['stays as it is', 'Card declined', 'Card declined'],
    ['loses control characters', ' bad\u0000card\n', 'bad card'],
    ['loses half surrogate pairs', 'bad \ud800card', 'bad  card'],
    ['is never empty', '\u0000', 'unknown'],
    ['is cut at 500 characters', 'x'.repeat(501), `${'x'.repeat(499)}…`],
    ['is cut between characters', '😀'.repeat(600), `${'😀'.repeat(499)}…`],
    ['is not cut for its UTF-16 units', '😀'.repeat(400), '😀'.repeat(400)],
  ])('a reason made of any text %s', (_, text, expected) => {
    expect(toReason(text)).toBe(expected)
    expect(reason.safeParse(toReason(text)).success).toBe(true)
  })
})

test('the pieces that HTTP bodies are made of refuse unknown fields', () => {
  expect(money.safeParse({ amount: 1, currency: 'EUR', tax: 1 }).success).toBe(false)
})
