import { type Table, table } from '@skald/messaging'

/** A definition, or one step of it, that an operator has paused for all sagas. */
export interface StepPause {
  /** The definition and the step, which are paused once at a time: `order/takingPayment`, `order/` for all of it. */
  readonly id: string
  readonly definition: string
  /** The path of a state; '' for all of them. */
  readonly step: string
  readonly sinceMs: number
  readonly actor: string
  readonly reason: string
}

/** One row, always there: who reads one pause reads all, as one knows only then that there is no other. */
export interface PausesRow {
  readonly name: string
  readonly pauses: readonly StepPause[]
}

export const stepPauses: Table<PausesRow> = table<PausesRow>({
  name: 'step_pause',
  key: 'name',
  columns: { name: 'text', pauses: 'json' },
  // Read only where what is remembered is too old.
  blind: 'replace',
})

export const ALL = 'all'

/** As a migration puts it there. */
export const NOTHING_PAUSED: PausesRow = { name: ALL, pauses: [] }

export const pauseId = (definition: string, step: string): string => `${definition}/${step}`
