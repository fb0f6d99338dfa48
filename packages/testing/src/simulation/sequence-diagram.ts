import type { Line } from './trace.ts'

const LANE_CHARS = 12
/** More than a person reads; the begin and the end of a run matter most. */
const MAX_LINES = 400

/**
 * What happened between the parts of a system as lines of text, time downwards:
 *
 *         ms  customer      order-1       broker
 *       12.3  |------------>|             |              POST /orders
 */
export const sequenceDiagram = (lines: readonly Line[]): string => {
  const lanes = [...new Set(lines.flatMap(({ from, to }) => [from, to]))].sort(byTier)
  const header = `${''.padStart(9)}  ${lanes.map((lane) => lane.padEnd(LANE_CHARS)).join('')}`
  const shown = lines.length <= MAX_LINES ? lines : [...lines.slice(0, MAX_LINES / 2), ...lines.slice(-MAX_LINES / 2)]
  const left = lines.length - shown.length
  const rows = shown.map((line) => row(line, lanes))
  if (left > 0) rows.splice(MAX_LINES / 2, 0, `          ... ${left} lines ...`)
  return [header, ...rows].join('\n')
}

/** From whoever asks to where it is kept. */
const TIERS = [/^customer/, /^order-/, /^broker/, /^saga-/, /^inventory-/, /^payment-/, /^gateway/]
const tierOf = (lane: string): number => TIERS.findLastIndex((tier) => tier.test(lane))
const byTier = (one: string, other: string): number => tierOf(one) - tierOf(other) || (one < other ? -1 : 1)

const row = ({ atMs, from, to, text }: Line, lanes: readonly string[]): string => {
  const [start, end] = [lanes.indexOf(from), lanes.indexOf(to)]
  const [low, high] = [Math.min(start, end), Math.max(start, end)]
  const cells = lanes.map((_, at) => {
    if (start === end) return (at === start ? '*' : '|').padEnd(LANE_CHARS)
    if (at < low || at > high) return '|'.padEnd(LANE_CHARS)
    if (at === high) return (start < end ? '>' : '|').padEnd(LANE_CHARS)
    const mark = at === low ? (start < end ? '|' : '<') : '-'
    return mark.padEnd(LANE_CHARS, '-')
  })
  return `${atMs.toFixed(1).padStart(9)}  ${cells.join('')} ${text}`
}
