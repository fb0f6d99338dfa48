import { styleText } from 'node:util'
import type { Finding, Verdict } from './finding.ts'
import type { RepairReport } from './repair.ts'

const COLOURS = { heals: 'green', repaired: 'cyan', person: 'yellow' } as const

const HEADS: Readonly<Record<Verdict, readonly [done: string, foreseen: string]>> = {
  heals: ['heals by itself', 'heals by itself'],
  repaired: ['repaired', 'would be repaired'],
  person: ['needs a person', 'needs a person'],
}

/** What would fill the screen is counted; --json has all. */
const MAX_LINES = 20

/** The report as a table for a terminal. */
export const tableOf = ({ findings, dryRun, streamsUnread }: RepairReport): string => {
  const lines: string[] = []
  for (const verdict of ['heals', 'repaired', 'person'] as const) {
    const found = findings.filter((finding) => finding.verdict === verdict)
    const [done, foreseen] = HEADS[verdict]
    lines.push(styleText(COLOURS[verdict], `${found.length} ${dryRun ? foreseen : done}`))
    const shown = verdict === 'person' ? found : found.slice(0, MAX_LINES)
    lines.push(...shown.map(lineOf))
    if (found.length > shown.length) lines.push(`  and ${found.length - shown.length} more: --json has all`)
  }
  if (streamsUnread !== undefined) lines.push(`the streams were not read: ${streamsUnread}`)
  return `${lines.join('\n')}\n`
}

const lineOf = ({ discrepancy, orderId, amount, detail }: Finding): string => {
  const about = [orderId && `order ${orderId}`, amount && `${amount.amount} ${amount.currency}`]
    .filter(Boolean)
    .join(', ')
  return `  ${discrepancy.padEnd(26)} ${about}${about ? ': ' : ''}${detail}`
}
