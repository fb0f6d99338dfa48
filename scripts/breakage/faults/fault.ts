import type { Point } from '@skald/testing/simulation'
import type { Victim } from '../victim.ts'
import type { KindName } from './kind-names.ts'

/** What a fault can be aimed at, known before anything runs. */
export interface Aims {
  /** The names of the processes that host services. */
  readonly services: readonly string[]
  /** No fault lasts longer. */
  readonly longestMs: number
}

/** A fault that is decided: what it is, and how to do it. */
export interface Drawn {
  readonly what: string
  /** Resolves when the fault is over, or has done what it does; not when the system has recovered from it. */
  readonly inflict: (victim: Victim) => Promise<void>
}

export interface FaultKind {
  readonly name: KindName
  /** How often it comes, beside the others. */
  readonly weight: number
  /** Draws from the point alone: the same seed does the same again. */
  readonly draw: (point: Point, aims: Aims) => Drawn
}

/** How long a fault lasts: drawn, and bounded by the run. */
export const lengthOf = (point: Point, low: number, high: number, { longestMs }: Aims): number =>
  Math.round(Math.min(point.between('length', low, high), longestMs))

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
