import type { Purchase } from './customers.ts'
import { latencyOf } from './figures.ts'
import type { OrderEnd } from './oracle.ts'
import type { Stretch } from './stretches.ts'

/** One part of a run in the figures that must not grow with time, and those that may grow by so much a saga. */
export interface StretchFigures {
  /** From the beginning of the first, in minutes. */
  readonly fromMinute: number
  readonly orders: number
  readonly cpuMicrosPerOrder: number
  readonly endP50Ms: number
  readonly endP99Ms: number
  readonly residentBytes: number
  /** Null when a server was away as the part ended. */
  readonly hotBytes: number | null
  /** The same by table, as `saga.history`. */
  readonly hotTables: Readonly<Record<string, number>> | null
  readonly archiveBytes: number | null
  readonly archived: number | null
  readonly keptBytes: number | null
  readonly streamBytes: number | null
}

export const stretchFigures = (
  stretches: readonly Stretch[],
  purchases: readonly Purchase[],
  orders: ReadonlyMap<string, OrderEnd>,
): readonly StretchFigures[] => {
  const startMs = stretches[0]?.span.fromMs ?? 0
  return stretches.map(({ span, cpuMicros, residentBytes, sizes }) => {
    const { orders: count, end } = latencyOf(purchases, orders, span)
    return {
      fromMinute: (span.fromMs - startMs) / 60_000,
      orders: count,
      cpuMicrosPerOrder: Math.round(sum(cpuMicros) / Math.max(1, count)),
      endP50Ms: end.p50Ms,
      endP99Ms: end.p99Ms,
      residentBytes: sum(residentBytes),
      hotBytes: sizes ? sum(sizes.hotTables) : null,
      hotTables: sizes?.hotTables ?? null,
      archiveBytes: sizes?.archiveBytes ?? null,
      archived: sizes?.archived ?? null,
      keptBytes: sizes?.keptBytes ?? null,
      streamBytes: sizes?.streamBytes ?? null,
    }
  })
}

const sum = (byName: Readonly<Record<string, number>>): number =>
  Object.values(byName).reduce((total, each) => total + each, 0)

export interface Point {
  readonly x: number
  readonly y: number
}

/** How much y grows with each x, by least squares; undefined with fewer than two different x. */
export const slopeOf = (points: readonly Point[]): number | undefined => {
  const mean = (of: (point: Point) => number): number =>
    points.reduce((total, point) => total + of(point), 0) / points.length
  const [meanX, meanY] = [mean(({ x }) => x), mean(({ y }) => y)]
  const spread = points.reduce((total, { x }) => total + (x - meanX) ** 2, 0)
  if (points.length < 2 || spread === 0) return undefined
  return points.reduce((total, { x, y }) => total + (x - meanX) * (y - meanY), 0) / spread
}

/** The slopes of a run: the first four an hour, as a share of the mean; the others in bytes a saga. */
export interface Growth {
  readonly cpuPerOrderAnHour: number | undefined
  readonly endP50AnHour: number | undefined
  readonly endP99AnHour: number | undefined
  readonly residentAnHour: number | undefined
  readonly hotTablesAnHour: number | undefined
  readonly archiveBytesASaga: number | undefined
  readonly keptBytesAnOrder: number | undefined
  /** The broker keeps a week of it; a store that was lost makes it less. */
  readonly streamBytesAnOrder: number | undefined
}

type Name = Exclude<keyof StretchFigures, 'hotTables'>

export const growthOf = (parts: readonly StretchFigures[]): Growth => {
  const points = (name: Name, by: (part: StretchFigures, index: number) => number | null): readonly Point[] =>
    parts.flatMap((part, index) => {
      const [x, y] = [by(part, index), part[name]]
      return x === null || y === null ? [] : [{ x, y }]
    })
  const anHour = (name: Name): number | undefined => {
    const own = points(name, ({ fromMinute }) => fromMinute / 60)
    const slope = slopeOf(own)
    const mean = own.reduce((total, { y }) => total + y, 0) / own.length
    return slope === undefined ? undefined : slope / mean
  }
  const ordersBy = parts.map((_, index) => parts.slice(0, index + 1).reduce((total, { orders }) => total + orders, 0))
  return {
    cpuPerOrderAnHour: anHour('cpuMicrosPerOrder'),
    endP50AnHour: anHour('endP50Ms'),
    endP99AnHour: anHour('endP99Ms'),
    residentAnHour: anHour('residentBytes'),
    hotTablesAnHour: anHour('hotBytes'),
    archiveBytesASaga: slopeOf(points('archiveBytes', ({ archived }) => archived)),
    keptBytesAnOrder: slopeOf(points('keptBytes', (_, index) => ordersBy[index] ?? null)),
    streamBytesAnOrder: slopeOf(points('streamBytes', (_, index) => ordersBy[index] ?? null)),
  }
}
