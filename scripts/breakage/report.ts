import { styleText } from 'node:util'
import { heading, table } from '../benchmark/table.ts'
import type { DeathCount } from './deaths.ts'
import type { KindCount, Latency } from './figures.ts'
import type { Growth, StretchFigures } from './growth.ts'
import { growthTables } from './growth-tables.ts'
import type { Struck } from './injector.ts'
import type { Options } from './options.ts'

export interface Versions {
  readonly node: string
  readonly natsServer: string
  readonly postgres: string
  readonly revision: string
}

export interface NotPossible {
  readonly kind: string
  readonly why: string
}

/** Everything there is to know of a run. */
export interface ChaosReport {
  readonly startedAt: string
  readonly options: Options
  /** How to run the same again. */
  readonly command: string
  readonly versions: Versions
  readonly faults: readonly Struck[]
  readonly faultsByKind: Readonly<Record<string, number>>
  readonly notPossible: readonly NotPossible[]
  readonly sagas: Readonly<Record<string, number>>
  readonly orders: readonly KindCount[]
  readonly requests: {
    readonly failedTries: number
    readonly cancelRequests: number
    readonly priceChanges: number
    readonly hostile: number
    /** Hostile messages that the broker had lost, and that were said again when all was quiet. */
    readonly hostileSaidAgain: number
  }
  readonly latency: Readonly<Record<'before' | 'during' | 'after', Latency>>
  /** The time of the faults in parts, and what grew from one to the next. */
  readonly stretches: readonly StretchFigures[]
  readonly growth: Growth
  /** From the end of the last fault until everything that had begun by then had ended. */
  readonly settleMs: number
  readonly deaths: readonly DeathCount[]
  readonly peakMemoryBytes: Readonly<Record<string, number>>
  readonly violations: readonly string[]
}

const MOST_SHOWN = 30
const MIB = 1_048_576

export const textOf = (report: ChaosReport): string => {
  const { versions, faults, notPossible, sagas, requests, settleMs, violations } = report
  const failed = faults.filter(({ failure }) => failure !== undefined)
  const lines = [
    heading(`seed ${report.options.seed}`),
    `node ${versions.node}, nats-server ${versions.natsServer}, PostgreSQL ${versions.postgres}, ${versions.revision}`,
    '',
    table([['fault', 'times'], ...Object.entries(report.faultsByKind), ['all', faults.length]]),
    ...notPossible.map(({ kind, why }) => styleText('yellow', `${kind} is not possible here: ${why}`)),
    ...failed.map(({ what, failure }) => styleText('yellow', `could not be inflicted: ${what}: ${failure}`)),
    '',
    table([['order', 'placed', 'confirmed', 'cancelled'], ...report.orders.map(rowOfKind)]),
    `sagas: ${Object.entries(sagas)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}`,
    `${requests.failedTries} tries without an answer, ${requests.cancelRequests} cancel requests,` +
      ` ${requests.priceChanges} price changes, ${requests.hostile} hostile messages` +
      ` (${requests.hostileSaidAgain} were lost on the way and said again)`,
    '',
    table([
      ['latency, ms', 'orders', 'POST p50', 'POST p99', 'end p50', 'end p99'],
      ...Object.entries(report.latency).map(([name, { orders, post, end }]) => [
        name,
        orders,
        post.p50Ms,
        post.p99Ms,
        end.p50Ms,
        end.p99Ms,
      ]),
    ]),
    '',
    ...growthTables(report.stretches, report.growth),
    table([['process', 'died', 'by our hand', 'peak MiB'], ...processRows(report)]),
    '',
    `settled ${(settleMs / 1_000).toFixed(1)} s after the last fault`,
    ...violations.slice(0, MOST_SHOWN).map((violation) => `${styleText('red', 'broken')} ${violation}`),
    ...(violations.length > MOST_SHOWN ? [`and ${violations.length - MOST_SHOWN} more, in the report`] : []),
    violations.length === 0
      ? styleText('green', 'it held')
      : styleText('red', `${violations.length} violations; again: ${report.command}`),
  ]
  return lines.join('\n')
}

const rowOfKind = ({ kind, placed, confirmed, cancelled }: KindCount) => [kind, placed, confirmed, cancelled]

const processRows = ({ deaths, peakMemoryBytes }: ChaosReport) =>
  deaths.map(({ name, died, ours }) => [name, died, ours, Math.round((peakMemoryBytes[name] ?? 0) / MIB)])
