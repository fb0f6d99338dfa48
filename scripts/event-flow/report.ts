import { styleText } from 'node:util'
import type { Report } from '../verification/verify.ts'
import type { OrderRun } from './order-run.ts'

/** More rows than this are summed up by kind; wrong ones are always shown. */
const MAX_ROWS = 60

const HEAD = ['kind', 'order', 'outcome', 'saga', 'steps', 'ms'] as const

export const renderRuns = (runs: readonly OrderRun[]): string => {
  const shown = runs.length <= MAX_ROWS ? runs : runs.filter(({ fault }) => fault)
  const rows = shown.map((run) => [run.kind, run.orderId, run.order, run.saga, String(run.steps), String(run.ms)])
  const lines = shown.length === 0 ? [] : table([[...HEAD], ...rows])
  const coloured = lines.map((line, index) => {
    const run = shown[index - 1]
    if (!run) return styleText('bold', line)
    return run.fault ? `${styleText('red', line)}  ${run.fault}` : line
  })
  return runs.length <= MAX_ROWS ? coloured.join('\n') : [...byKind(runs), ...coloured].join('\n')
}

const byKind = (runs: readonly OrderRun[]): string[] => {
  const kinds = [...new Set(runs.map(({ kind }) => kind))]
  const rows = kinds.map((kind) => {
    const own = runs.filter((run) => run.kind === kind)
    const times = own.map(({ ms }) => ms).sort((a, b) => a - b)
    const count = (status: string) => String(own.filter(({ order }) => order === status).length)
    const wrong = String(own.filter(({ fault }) => fault).length)
    return [
      kind,
      String(own.length),
      count('CONFIRMED'),
      count('CANCELLED'),
      wrong,
      String(times[times.length >> 1] ?? 0),
    ]
  })
  return table([['kind', 'orders', 'confirmed', 'cancelled', 'wrong', 'median ms'], ...rows])
}

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
}

export const renderSummary = (runs: readonly OrderRun[], report: Report): string => {
  const wrong = runs.filter(({ fault }) => fault).length
  const broken = report.violations.map(({ invariant, detail }) => styleText('red', `  ${invariant}: ${detail}`))
  const head = `${runs.length} orders, ${wrong} ended wrongly; ${report.checked} invariants checked, ${report.violations.length} broken`
  return [styleText(wrong + broken.length === 0 ? 'green' : 'red', head), ...broken].join('\n')
}
