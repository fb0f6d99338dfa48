import type { Durability } from './durability.ts'
import type { Machine } from './machine.ts'
import type { Options } from './options.ts'
import type { LoopRun } from './scenarios/loop.ts'
import type { Form } from './system-under-test.ts'

/** One system's figures. */
export interface LoopReport {
  readonly form: Form
  readonly durability: Durability
  readonly runs: readonly LoopRun[]
}

/** The document of --json. */
export interface Report {
  readonly scenario: 'loop'
  readonly startedAt: string
  readonly machine: Machine
  readonly options: Options
  readonly systems: readonly LoopReport[]
}
