import type { Cell } from './cells.ts'
import { type Kill, nameOf } from './run.ts'

export interface Matrix {
  readonly seed: number
  readonly seconds: number
  readonly cells: number
  readonly cellsHit: number
  readonly kills: number
  readonly orders: number
  readonly violations: number
  readonly wrongEndings: number
  readonly unexpectedDeaths: number
  /** Kills by cell. */
  readonly table: Readonly<Record<string, number>>
}

export const tableOf = (cells: readonly Cell[], kills: readonly Kill[]): Readonly<Record<string, number>> => {
  const table: Record<string, number> = Object.fromEntries(cells.map((cell) => [nameOf(cell), 0]))
  for (const { cell } of kills) table[nameOf(cell)] = (table[nameOf(cell)] ?? 0) + 1
  return table
}

/** One line for each input of a service, with the kills at each of its points, where there were any. */
export const linesOf = (cells: readonly Cell[], kills: readonly Kill[]): readonly string[] => {
  const table = tableOf(cells, kills)
  const lines = new Map<string, string[]>()
  for (const cell of cells.filter((one) => table[nameOf(one)] !== 0)) {
    const input = `${cell.service} ${cell.input}`
    const points = lines.get(input) ?? []
    points.push(`${cell.point.name} ${table[nameOf(cell)]}`)
    lines.set(input, points)
  }
  return [...lines].map(([input, points]) => `${input}: ${points.join(', ')}`)
}
