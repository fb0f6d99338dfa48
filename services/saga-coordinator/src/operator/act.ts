import type { Answer, Message, Rows } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { type Advanced, operate as advanced } from '../advance.ts'
import type { Coordination } from '../coordination.ts'
import { pauseOf } from '../pauses/hold-back.ts'
import type { Action, Standing } from '../store/audit-tables.ts'
import type { StepPause } from '../store/pause-table.ts'
import { type SagaRow, sagas } from '../store/saga-tables.ts'
import type { Patience } from '../waking.ts'
import { paused, resumed } from './pausing.ts'
import { ARCHIVED, whyHeldBack, whyNever, whyNotNow } from './why-not.ts'

export interface Asked {
  readonly action: Action
  readonly reason: string
}

/** The entry of the action, the saga after it, and what was held and is used because of it. */
export interface Acted extends Advanced {
  readonly before: SagaRow
  readonly definition: Definition
  readonly answers: readonly Answer[]
}

/** Decides an action on a saga: what it does, or why not. Writes nothing, so that it serves who only wants to know, too. */
export const act = (
  { definitions, patience, pauses }: Coordination,
  rows: Rows,
  request: Message<Asked>,
  nowMs: number,
): Acted | { readonly why: string } => {
  const row = rows.get(sagas, request.correlationId)
  if (!row) return { why: ARCHIVED }
  const definition = definitions.get(row.definition, row.version)
  const never = whyNever(row, definition, request.data.action)
  if (never !== undefined || !definition) return { why: never ?? '' }
  const done = take(definition, row, request, nowMs, patience, pauses.of(definition.name, rows))
  return 'why' in done ? done : { answers: [], ...done, before: row, definition }
}

const take = (
  definition: Definition,
  row: SagaRow,
  request: Message<Asked>,
  nowMs: number,
  patience: Patience,
  pauses: readonly StepPause[],
): (Advanced & { readonly answers?: readonly Answer[] }) | { readonly why: string } => {
  const { action } = request.data
  if (action === 'pause') return paused(row, nowMs)
  if (action === 'resume') {
    const pause = pauses.find(({ id }) => id === row.paused_by)
    return pause ? { why: whyHeldBack(pause) } : resumed(definition, row, nowMs, patience, pauses)
  }
  const done = advanced(definition, row, action, request, nowMs, patience)
  const pause = done && pauseOf(pauses, definition, row, done)
  if (pause) return { why: whyHeldBack(pause) }
  return done ?? { why: whyNotNow(row, definition, action) }
}

export const standing = ({ status, state }: SagaRow): Standing => ({ status, state: state?.value ?? null })
