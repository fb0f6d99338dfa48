import { type Cell, heading, table } from '../benchmark/table.ts'
import type { Growth, StretchFigures } from './growth.ts'

const MIB = 1_048_576

/** A slope over less says nothing about an hour. */
const SHORTEST_MINUTES = 4

export const growthTables = (parts: readonly StretchFigures[], growth: Growth): readonly string[] => {
  if ((parts.at(-1)?.fromMinute ?? 0) < SHORTEST_MINUTES) return []
  const head = ['minute', 'orders', 'us an order', 'end p50 ms', 'end p99 ms', 'resident MiB', 'hot MiB', 'archived']
  return [
    table([[...head, 'archive MiB', 'kept MiB', 'streams MiB'], ...parts.map(rowOf)]),
    heading('growth over the time of the faults'),
    table([
      ['what', 'grows by'],
      ['processor time an order', anHour(growth.cpuPerOrderAnHour)],
      ['p50 to the end', anHour(growth.endP50AnHour)],
      ['p99 to the end', anHour(growth.endP99AnHour)],
      ['memory of all processes', anHour(growth.residentAnHour)],
      ['tables of what is under way', anHour(growth.hotTablesAnHour)],
      ['archive', bytes(growth.archiveBytesASaga, 'a saga')],
      ['orders, payments, reservations, inboxes', bytes(growth.keptBytesAnOrder, 'an order')],
      ['streams', bytes(growth.streamBytesAnOrder, 'an order')],
    ]),
    ...hotTables(parts),
    '',
  ]
}

/** Which of the tables of what is under way grew, of those that are large enough to matter. */
const hotTables = (parts: readonly StretchFigures[]): readonly string[] => {
  const known = parts.flatMap(({ hotTables }) => (hotTables ? [hotTables] : []))
  const [first, last] = [known[0], known.at(-1)]
  if (!first || !last) return []
  const rows = Object.entries(last)
    .filter(([, bytes]) => bytes >= MIB)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, bytes]) => [name, (first[name] ?? 0) / MIB, bytes / MIB])
  return [heading('tables of what is under way'), table([['table', 'first MiB', 'last MiB'], ...rows])]
}

const rowOf = (part: StretchFigures): readonly Cell[] => [
  part.fromMinute.toFixed(1),
  part.orders,
  part.cpuMicrosPerOrder,
  part.endP50Ms,
  part.endP99Ms,
  Math.round(part.residentBytes / MIB),
  mib(part.hotBytes),
  part.archived ?? 'away',
  mib(part.archiveBytes),
  mib(part.keptBytes),
  mib(part.streamBytes),
]

const mib = (value: number | null): Cell => (value === null ? 'away' : value / MIB)

const anHour = (share: number | undefined): Cell =>
  share === undefined ? 'unknown' : `${share < 0 ? '' : '+'}${(share * 100).toFixed(1)} % an hour`

const bytes = (value: number | undefined, each: string): Cell =>
  value === undefined ? 'unknown' : `${Math.round(value).toLocaleString('en')} bytes ${each}`
