import { expect, test } from 'vitest'
import { z } from 'zod'
import { buildSampleApp, parcelCursor } from '../test/sample-app.ts'
import { createCursorCodec, Problem, pageOf } from './index.ts'

const position = z.strictObject({ at: z.string(), id: z.string() })
const orders = createCursorCodec('orders', position)

test('a cursor comes back as the position it was made of, and fits into a URL as it is', () => {
  const last = { at: '2026-01-01T00:00:00.000Z', id: 'o:1/\u{1f600}' }
  const cursor = orders.encode(last)
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(orders.decode(cursor)).toEqual(last)
})

const encoded = (text: string): string => Buffer.from(text).toString('base64url')

test.for([
  ['nothing', ''],
  ['rubbish', 'rubbish'],
  ['no base64url', 'a+b/='],
  ['trailing characters', `${orders.encode({ at: 'a', id: 'b' })}!!`],
  ['no JSON', encoded('not json')],
  ['JSON of another form', encoded('{"at":"a","id":"b"}')],
  ['a cursor of another list', createCursorCodec('sagas', position).encode({ at: 'a', id: 'b' })],
  ['a cursor of another version', encoded('[2,"orders",{"at":"a","id":"b"}]')],
  ['a position of other types', encoded('[1,"orders",{"at":1,"id":"b"}]')],
  ['more than a position', encoded('[1,"orders",{"at":"a","id":"b","x":1}]')],
  ['NUL in a position', orders.encode({ at: 'a', id: '\u0000' })],
  ['half a surrogate pair in a position', encoded('[1,"orders",{"at":"a","id":"\\ud800"}]')],
  ['bytes that are no text', Buffer.from([0xff, 0xfe]).toString('base64url')],
] as const)('refuses %s as a cursor', ([, cursor]) => {
  expect(() => orders.decode(cursor)).toThrow(Problem)
  expect(() => orders.decode(cursor)).toThrow(expect.objectContaining({ code: 'invalid-cursor', statusCode: 400 }))
})

test('a page says where the next begins only when there is one', () => {
  const forms = { item: (row: number) => row * 10, cursor: (row: number) => `after-${row}` }
  expect(pageOf([1, 2, 3], 2, forms)).toEqual({ items: [10, 20], nextCursor: 'after-2' })
  expect(pageOf([1, 2], 2, forms)).toEqual({ items: [10, 20] })
  expect(pageOf([], 2, forms)).toEqual({ items: [] })
})

test('a list has pages of 20 unless asked for 1 to 100', async () => {
  const { http } = await buildSampleApp()
  const limits = await Promise.all(
    ['', '?limit=1', '?limit=100', '?status=OPEN&limit=99'].map(async (query) => {
      const answer = await http.inject(`/parcels${query}`)
      return answer.json().limit
    }),
  )
  expect(limits).toEqual([20, 1, 100, 99])
  const answer = await http.inject(`/parcels?cursor=${parcelCursor.encode({ after: 7 })}`)
  expect(answer.json()).toEqual({ limit: 20, after: 7 })
  await http.close()
})
