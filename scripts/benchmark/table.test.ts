import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { table } from './table.ts'

const linesOf = (...rows: Parameters<typeof table>[0]): string[] => stripVTControlCharacters(table(rows)).split('\n')

test('names read from the left, figures stand under each other', () => {
  expect(linesOf(['load', 'sagas/s'], ['1 in flight', 88], ['1,024 in flight', 2345])).toEqual([
    'load             sagas/s',
    '1 in flight           88',
    '1,024 in flight    2,345',
  ])
})

test('a figure has the digits that a measurement knows', () => {
  expect(linesOf(['', 'n'], ['a', 0.123], ['b', 12.345], ['c', 123.45], ['d', 0], ['e', 7])).toEqual([
    '      n',
    'a  0.12',
    'b  12.3',
    'c   123',
    'd     0',
    'e     7',
  ])
})

test('a cell without a figure stays empty', () => {
  expect(linesOf(['process', 'us'], ['nats', ''])).toEqual(['process  us', 'nats'])
})
