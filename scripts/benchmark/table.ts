import { styleText } from 'node:util'

export type Cell = string | number

/** Columns as wide as their widest cell; the first reads from the left, the others are figures. The first row is the head. */
export const table = (rows: readonly (readonly Cell[])[]): string => {
  const texts = rows.map((row) => row.map(textOf))
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)))
  const lines = texts.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
  return lines.map((line, index) => (index === 0 ? styleText('bold', line) : line)).join('\n')
}

/** Three digits say what a benchmark knows; below a thousand that means fewer and fewer places after the point. */
const textOf = (cell: Cell): string => {
  if (typeof cell === 'string') return cell
  const size = Math.abs(cell)
  const places = size >= 100 || Number.isInteger(cell) ? 0 : size >= 10 ? 1 : 2
  return cell.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places })
}

export const heading = (text: string): string => `\n${styleText('bold', text)}`
