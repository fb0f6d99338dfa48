import { productAnnounced, productUpdated } from '@skald/contracts'
import { derivedId, tasks } from '@skald/messaging'
import { decide, MemoryRows, messageOf, NOW_MS, takeTask } from '@skald/testing'
import { describe, expect, test } from 'vitest'
import { closePage } from '../handlers/product-announced.ts'
import { keepProduct } from '../handlers/product-updated.ts'
import { askForCatalogue, askForCatalogueAgain } from '../requests/ask-for-catalogue.ts'
import { ASK_FOR_CATALOGUE } from './asking.ts'
import { productCopies } from './catalogue-tables.ts'

const start = (rows: MemoryRows, now = true) => {
  const request = messageOf(askForCatalogue.type, { now })
  return { commandId: derivedId(request.id, 0), ...decide(rows, askForCatalogue, request) }
}

const takeDue = (rows: MemoryRows, nowMs = NOW_MS) => {
  const request = messageOf('task', takeTask(rows, ASK_FOR_CATALOGUE))
  return { commandId: derivedId(request.id, 0), ...decide(rows, askForCatalogueAgain, request, nowMs) }
}

const arrive = (rows: MemoryRows, sku: string, causationId?: string, version = 1) => {
  const data = { sku, name: `Product ${sku}`, price: { amount: version, currency: 'EUR' }, version }
  const message = messageOf(productUpdated.type, data, { causationId })
  return { commandId: derivedId(message.id, 0), ...decide(rows, keepProduct, message) }
}

const close = (rows: MemoryRows, causationId: string, count: number, next?: string) => {
  const data = { count, ...(next === undefined ? {} : { next }) }
  const message = messageOf(productAnnounced.type, data, { causationId })
  return { commandId: derivedId(message.id, 0), ...decide(rows, closePage, message) }
}

const asked = (after?: string) => [
  {
    type: 'product.announce.v1',
    subject: 'catalogue',
    data: { ...(after === undefined ? {} : { after }), limit: 100 },
  },
]
const dueInMs = (rows: MemoryRows, nowMs = NOW_MS) => (rows.all(tasks)[0]?.due_at ?? 0) - nowMs
const HOUR_MS = 3_600_000

describe('the copy of a product', () => {
  test('is the newest version, in whichever order they arrive', () => {
    const rows = new MemoryRows()
    for (const version of [2, 3, 1]) arrive(rows, 'lamp', undefined, version)
    expect(rows.all(productCopies)).toMatchObject([{ sku: 'lamp', version: 3, amount: 3 }])
  })

  test('that arrives unasked says nothing', () => {
    expect(arrive(new MemoryRows(), 'lamp').says).toEqual([])
  })
})

describe('asking for the catalogue', () => {
  test('goes page by page, and rests for an hour after the last', () => {
    const rows = new MemoryRows()
    const first = start(rows)
    expect(first.says).toEqual(asked())
    arrive(rows, 'a', first.commandId)
    arrive(rows, 'b', first.commandId)
    const second = close(rows, first.commandId, 2, 'b')
    expect(second.says).toEqual(asked('b'))
    arrive(rows, 'c', second.commandId)
    expect(close(rows, second.commandId, 1).says).toEqual([])
    expect(dueInMs(rows)).toBe(HOUR_MS)
    expect(takeDue(rows).says).toEqual(asked())
  })

  test('waits for all products of a page, also when its close comes first', () => {
    const rows = new MemoryRows()
    const { commandId } = start(rows)
    expect(close(rows, commandId, 2, 'b').says).toEqual([])
    expect(arrive(rows, 'b', commandId).says).toEqual([])
    expect(arrive(rows, 'a', commandId).says).toEqual(asked('b'))
  })

  test('asks for the same page again when it does not come in full, with growing patience', () => {
    const rows = new MemoryRows()
    const first = start(rows)
    arrive(rows, 'a', first.commandId)
    const second = close(rows, first.commandId, 1, 'a')
    const waits = [dueInMs(rows)]
    for (let count = 0; count < 9; count += 1) {
      expect(takeDue(rows).says).toEqual(asked('a'))
      waits.push(dueInMs(rows))
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600].map((seconds) => seconds * 1_000))
    expect(second.says).toEqual(asked('a'))
  })

  test('counts only what the latest command brings, and keeps what an earlier one brings', () => {
    const rows = new MemoryRows()
    const first = start(rows)
    const again = takeDue(rows)
    expect(close(rows, first.commandId, 1).says).toEqual([])
    arrive(rows, 'late', first.commandId)
    expect(dueInMs(rows)).not.toBe(HOUR_MS)
    expect(rows.all(productCopies)).toMatchObject([{ sku: 'late' }])
    arrive(rows, 'late', again.commandId)
    close(rows, again.commandId, 1)
    expect(dueInMs(rows)).toBe(HOUR_MS)
  })

  test('of an empty catalogue is done with its first page', () => {
    const rows = new MemoryRows()
    close(rows, start(rows).commandId, 0)
    expect(dueInMs(rows)).toBe(HOUR_MS)
  })

  test('starts over when it must be now, and else only when nobody asks yet', () => {
    const rows = new MemoryRows()
    expect(start(rows, false).says).toEqual(asked())
    const first = start(rows, false)
    expect(first.says).toBeUndefined()
    expect(start(rows, true).says).toEqual(asked())
  })

  test('by a task that was taken over meanwhile says nothing', () => {
    const rows = new MemoryRows()
    start(rows)
    const stale = takeTask(rows, ASK_FOR_CATALOGUE)
    takeTask(rows, ASK_FOR_CATALOGUE)
    expect(decide(rows, askForCatalogueAgain, messageOf('task', stale)).says).toEqual([])
  })
})
