import { stripVTControlCharacters } from 'node:util'
import { expect, it } from 'vitest'
import { growthOf, type StretchFigures, slopeOf } from './growth.ts'
import { growthTables } from './growth-tables.ts'

const part = (index: number, change: Partial<StretchFigures> = {}): StretchFigures => ({
  fromMinute: index * 2,
  orders: 1_000,
  cpuMicrosPerOrder: 2_000,
  endP50Ms: 100,
  endP99Ms: 1_000,
  residentBytes: 1_000_000,
  hotBytes: 5_000_000,
  hotTables: { 'saga.saga': 3_000_000, 'saga.history': 2_000_000 },
  archiveBytes: index * 1_500_000,
  archived: index * 1_000,
  keptBytes: index * 400_000,
  streamBytes: index * 7_000,
  ...change,
})
const run = (change: (index: number) => Partial<StretchFigures>) =>
  Array.from({ length: 15 }, (_, index) => part(index, change(index)))

it('what stays the same does not grow, and what grows with each saga is told in bytes', () => {
  expect(growthOf(run(() => ({})))).toEqual({
    cpuPerOrderAnHour: 0,
    endP50AnHour: 0,
    endP99AnHour: 0,
    residentAnHour: 0,
    hotTablesAnHour: 0,
    archiveBytesASaga: 1_500,
    keptBytesAnOrder: 400,
    streamBytesAnOrder: 7,
  })
})

it('a steady growth is told as a share of the mean an hour', () => {
  // 14 parts of two minutes later it is twice as much: the mean is 1.5.
  const { cpuPerOrderAnHour } = growthOf(run((index) => ({ cpuMicrosPerOrder: 1_000 * (1 + index / 14) })))
  expect(cpuPerOrderAnHour).toBeCloseTo((60 / 28 / 1.5) * 1, 6)
})

it('parts at whose end a server was away count for nothing', () => {
  const away = {
    hotBytes: null,
    hotTables: null,
    archiveBytes: null,
    archived: null,
    keptBytes: null,
    streamBytes: null,
  }
  const growth = growthOf(run((index) => (index % 3 === 1 ? away : {})))
  expect(growth).toMatchObject({ hotTablesAnHour: 0, archiveBytesASaga: 1_500, keptBytesAnOrder: 400 })
})

it('one point has no slope', () => {
  expect(slopeOf([{ x: 1, y: 1 }])).toBeUndefined()
  expect(growthOf([part(0)]).hotTablesAnHour).toBeUndefined()
})

it('of the large tables of what is under way, what each was at first and is at last, the largest first', () => {
  const parts = run((index) => ({
    hotTables: { 'saga.saga': 3 * 1_048_576, 'saga.history': (2 + index) * 1_048_576, 'order.task': 500_000 },
  }))
  const away = part(15, { hotBytes: null, hotTables: null })

  const lines = stripVTControlCharacters(growthTables([...parts, away], growthOf(parts)).join('\n')).split('\n')

  const from = lines.indexOf('tables of what is under way')
  expect(lines.slice(from + 1, from + 4)).toEqual([
    'table         first MiB  last MiB',
    'saga.history          2        16',
    'saga.saga             3         3',
  ])
})
