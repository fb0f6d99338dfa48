import type { System } from '@skald/e2e'
import type { Bench } from '../bench.ts'
import type { Options } from '../options.ts'
import type { PlotPanel } from '../plot.ts'

/** What a scenario found out about one system. */
export interface Measured {
  /** For the JSON document. */
  readonly figures: Readonly<Record<string, unknown>>
  /** The same for a person. */
  readonly tables: string
  /** Promises that the system did not keep. */
  readonly broken: readonly string[]
  readonly plot?: PlotPanel
}

export type Scenario = (bench: Bench, options: Options) => Promise<Measured>

/** Services are stopped and started only in a system of our own; the options see to that. */
export const ownSystem = ({ system: { own } }: Bench): System => {
  if (own === undefined) throw new Error('--running: this scenario stops services; it starts a system of its own')
  return own
}
