import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  command,
  contracts,
  type DataOf,
  event,
  id,
  inventoryCommit,
  inventoryFailed,
  inventoryRelease,
  type inventoryReleased,
  inventoryReserve,
  inventoryReserved,
  type orderCreated,
  paymentCharge,
  type paymentConfirmed,
  paymentRefund,
  productAnnounce,
  type ReplyOf,
  registry,
  type Said,
} from './index.ts'

const about = 'For this test.'
const parcel = z.strictObject({ parcelId: id })
const ofParcel = ({ parcelId }: { readonly parcelId: string }): string => parcelId
const parcelSent = event('parcel.sent.v1', parcel, { subject: ofParcel, from: 'post', about })
const sendParcel = command('parcel.send.v1', parcel, {
  subject: ofParcel,
  from: 'shop',
  to: 'post',
  about,
  replies: { success: [parcelSent], failure: [] },
})

describe('a contract called with its data', () => {
  test('is the message to be said', () => {
    expect(inventoryReserved({ orderId: 'order-1' })).toEqual({
      type: 'inventory.reserved.v1',
      subject: 'order-1',
      data: { orderId: 'order-1' },
    })
  })

  test('cannot be changed afterwards', () => {
    const data = { orderId: 'order-1' }
    const said = inventoryReserved(data)
    data.orderId = 'order-2'
    expect(Object.isFrozen(said)).toBe(true)
    expect(said.data).toEqual({ orderId: 'order-1' })
  })

  test('refuses data that no reader would take, and says which field', () => {
    const items = [{ sku: 'sku-1', quantity: 0 }]
    expect(() => inventoryReserve({ orderId: 'order-1', items })).toThrow(
      'inventory.reserve.v1 cannot be said: items.0.quantity: expected integer 1..1000000, got 0',
    )
  })

  test('refuses a field that the contract does not have', () => {
    const data = { orderId: 'order-1', colour: 'red' }
    expect(() => inventoryReserved(data)).toThrow('unknown field "colour"')
  })

  test('is about an order, a sku or the catalogue', () => {
    expect(inventoryRelease({ orderId: 'order-1' }).subject).toBe('order-1')
    expect(productAnnounce({ limit: 500 }).subject).toBe('catalogue')
    expect(inventoryReserve.subjectOf({ orderId: 'order-2', items: [{ sku: 'a', quantity: 1 }] })).toBe('order-2')
  })
})

describe('a contract says of itself', () => {
  test('that an event travels on its type, in the stream of events', () => {
    expect({ ...inventoryReserved }).toMatchObject({
      kind: 'event',
      type: 'inventory.reserved.v1',
      wire: 'inventory.reserved.v1',
      stream: 'EVENTS',
    })
  })

  test('that a command travels below command., in the stream of commands', () => {
    expect({ ...inventoryReserve }).toMatchObject({
      kind: 'command',
      type: 'inventory.reserve.v1',
      wire: 'command.inventory.reserve.v1',
      stream: 'COMMANDS',
    })
  })

  test('what may answer it', () => {
    expect(inventoryReserve.replies).toEqual({ success: [inventoryReserved], failure: [inventoryFailed] })
  })

  test('what it undoes', () => {
    expect(inventoryRelease.undoes).toBe(inventoryReserve)
    expect(paymentRefund.undoes).toBe(paymentCharge)
    expect(inventoryCommit.undoes).toBeUndefined()
  })
})

describe('the compiler', () => {
  test('knows what may answer a command', () => {
    expectTypeOf<ReplyOf<typeof inventoryReserve>['type']>().toEqualTypeOf<
      'inventory.reserved.v1' | 'inventory.failed.v1'
    >()
    expectTypeOf<ReplyOf<typeof paymentRefund>['type']>().toEqualTypeOf<
      'payment.refunded.v1' | 'payment.voided.v1' | 'payment.refund-failed.v1'
    >()
    expectTypeOf<ReplyOf<typeof inventoryRelease>>().toEqualTypeOf<ReturnType<typeof inventoryReleased>>()
  })

  test('takes an allowed answer and no other', () => {
    type Handler = (data: DataOf<typeof inventoryReserve>) => ReplyOf<typeof inventoryReserve>
    expectTypeOf<() => ReturnType<typeof inventoryReserved>>().toExtend<Handler>()
    expectTypeOf<() => ReturnType<typeof inventoryFailed>>().toExtend<Handler>()
    expectTypeOf<() => ReturnType<typeof inventoryReleased>>().not.toExtend<Handler>()
    expectTypeOf<() => ReturnType<typeof paymentConfirmed>>().not.toExtend<Handler>()
    expectTypeOf<() => { readonly orderId: string }>().not.toExtend<Handler>()
  })

  test('knows the data of a message, and that nobody may change it', () => {
    expectTypeOf<DataOf<typeof inventoryReserve>>().toEqualTypeOf<{
      readonly orderId: string
      readonly items: readonly { readonly sku: string; readonly quantity: number }[]
    }>()
    expectTypeOf(inventoryReserved).returns.toEqualTypeOf<Said<'inventory.reserved.v1', { readonly orderId: string }>>()
    expectTypeOf<DataOf<typeof orderCreated>['paymentMethod']>().toEqualTypeOf<string | undefined>()
  })

  test('takes no message for another', () => {
    expectTypeOf(inventoryReserved).parameter(0).not.toEqualTypeOf<DataOf<typeof inventoryFailed>>()
    expectTypeOf<ReturnType<typeof inventoryReserved>>().not.toExtend<ReturnType<typeof inventoryReleased>>()
  })
})

describe('a contract cannot be made', () => {
  test.each([
    'parcel.sent',
    'sent.v1',
    'Parcel.sent.v1',
    'parcel.sent.v0',
    'parcel..sent.v1',
    'parcel.*.v1',
    'parcel.sent.v1 ',
    'command.parcel.send.v1',
    'xstate.done.v1',
    `${'p'.repeat(128)}.sent.v1`,
  ])('with the type "%s"', (type) => {
    expect(() => event(type, parcel, { subject: ofParcel, from: 'post', about })).toThrow('cannot be a message type')
  })
})

describe('a registry', () => {
  test('finds a contract by its type', () => {
    expect(contracts.contractOf('payment.charge.v1')).toBe(paymentCharge)
    expect(contracts.contractOf('payment.charge.v2')).toBeUndefined()
    expect(contracts.contractOf('constructor')).toBeUndefined()
  })

  test('knows the subject of a type, and teaches when it does not', () => {
    expect(contracts.wireOf('payment.charge.v1')).toBe('command.payment.charge.v1')
    expect(() => contracts.wireOf('parcel.sent.v1')).toThrow('no contract is called "parcel.sent.v1"')
  })

  test('finds the undo of a command', () => {
    expect(contracts.undoOf('payment.charge.v1')).toBe(paymentRefund)
    expect(contracts.undoOf('payment.refund.v1')).toBeUndefined()
  })

  test('takes contracts of others', () => {
    expect(registry([parcelSent, sendParcel]).wireOf('parcel.send.v1')).toBe('command.parcel.send.v1')
  })

  test('refuses two contracts of one type', () => {
    expect(() => registry([parcelSent, parcelSent])).toThrow('two contracts are called parcel.sent.v1')
  })

  test('refuses a command whose reply is not listed', () => {
    expect(() => registry([sendParcel])).toThrow('parcel.send.v1 names parcel.sent.v1, which is not listed')
  })

  test('refuses two undos of one command', () => {
    const undo = (type: string) =>
      command(type, parcel, {
        subject: ofParcel,
        from: 'shop',
        about,
        replies: { success: [parcelSent], failure: [] },
        undoes: sendParcel,
      })
    const both = [parcelSent, sendParcel, undo('parcel.stop.v1'), undo('parcel.burn.v1')]
    expect(() => registry(both)).toThrow('parcel.burn.v1 and parcel.stop.v1 both undo parcel.send.v1')
  })
})

test('what holds something, takes money or asks a person can be undone', () => {
  const undone = contracts.list.flatMap(({ undoes }) => undoes?.type ?? [])
  expect(undone.toSorted()).toEqual([
    'fraud.check.v1',
    'inventory.reserve.v1',
    'payment.charge.v1',
    'trip.approve.v1',
    'trip.reserve-flight.v1',
    'trip.reserve-hotel.v1',
  ])
})
