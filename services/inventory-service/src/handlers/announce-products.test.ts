import { type DataOf, productAnnounce } from '@skald/contracts'
import { tasks } from '@skald/messaging'
import { decide, MemoryRows, messageOf, takeTask } from '@skald/testing'
import { expect, test } from 'vitest'
import { product } from '../../test/stock.ts'
import { announceProducts, PAGE_LOOK_UP, pageLookedUp } from './announce-products.ts'

const page = (data: DataOf<typeof productAnnounce>, found: readonly string[]) => {
  const rows = new MemoryRows()
  const command = messageOf(productAnnounce.type, data)
  expect(decide(rows, announceProducts, command)).toEqual({ open: true })
  const task = takeTask(rows, PAGE_LOOK_UP)
  const looked = messageOf('task', { task, found: found.map((sku) => product(sku)) })
  const { answers = [] } = decide(rows, pageLookedUp, looked)
  expect(answers.map(({ to }) => to.id)).toEqual([command.id])
  expect(rows.all(tasks)).toEqual([])
  return answers.flatMap(({ says }) => says)
}

test('a page is each product and then its close, which names the next page', () => {
  const says = page({ limit: 2 }, ['a', 'b', 'c'])
  expect(says.map(({ type, subject }) => [type, subject])).toEqual([
    ['product.updated.v1', 'a'],
    ['product.updated.v1', 'b'],
    ['product.announced.v1', 'catalogue'],
  ])
  expect(says[0]?.data).toEqual({
    sku: 'a',
    name: 'Product a',
    price: { amount: 1_000, currency: 'EUR' },
    version: 1,
  })
  expect(says.at(-1)?.data).toEqual({ count: 2, next: 'b' })
})

test('the last page names no next one', () => {
  expect(page({ after: 'b', limit: 2 }, ['c', 'd']).at(-1)?.data).toEqual({ after: 'b', count: 2 })
})

test('an empty catalogue is one empty page', () => {
  expect(page({ limit: 2 }, []).map(({ data }) => data)).toEqual([{ count: 0 }])
})

test('a command that comes again while its page is looked up makes the first look worthless, so that one answers', () => {
  const rows = new MemoryRows()
  const command = messageOf(productAnnounce.type, { limit: 1 })
  decide(rows, announceProducts, command)
  const first = takeTask(rows, PAGE_LOOK_UP)
  decide(rows, announceProducts, command)
  expect(decide(rows, pageLookedUp, messageOf('task', { task: first, found: [] }))).toEqual({})
  const second = takeTask(rows, PAGE_LOOK_UP)
  expect(decide(rows, pageLookedUp, messageOf('task', { task: second, found: [] })).answers).toHaveLength(1)
})
