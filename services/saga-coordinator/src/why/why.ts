import type { Definition } from '@skald/saga'
import type { Definitions } from '../definitions.ts'
import type { HistoryRow, SagaRow, Watched } from '../store/saga-tables.ts'
import { type WaitingFor, waitingFor } from '../waiting-for.ts'
import { type Cause, causeOfUndoing, lastMove, operatorsDid, statusSinceMs } from './cause.ts'
import { type Next, nextOf } from './next.ts'
import { sentenceOf } from './sentence.ts'
import { type Stuck, stuckOf } from './stuck.ts'
import { type ToDo, toDoOf } from './to-do.ts'

/** Why a saga is where it is: all that the sentence is made of. */
export interface Facts {
  readonly row: SagaRow
  readonly definition: Definition | undefined
  readonly nowMs: number
  readonly sinceMs: number
  readonly waits: readonly WaitingFor[]
  readonly next: readonly Next[]
  readonly stuck: Stuck | undefined
  /** Service levels that were passed. */
  readonly slow: readonly Watched[]
  /** What made it be undone, or what it did last. */
  readonly cause: Cause | undefined
  readonly operators: readonly Cause[]
}

export interface Clocks {
  readonly nowMs: number
  readonly stuckAfterMs: number
}

const factsOf = (row: SagaRow, steps: readonly HistoryRow[], definitions: Definitions, clocks: Clocks): Facts => {
  const definition = definitions.get(row.definition, row.version)
  return {
    row,
    definition,
    nowMs: clocks.nowMs,
    sinceMs: row.ended_at ?? statusSinceMs(row, definition, steps),
    waits: waitingFor(row, definitions, steps),
    next: definition ? nextOf(row, definition) : [],
    stuck: stuckOf(row, definitions, clocks.nowMs, clocks.stuckAfterMs),
    slow: row.watched.filter(({ kind, told }) => kind === 'slow' && told),
    cause: (definition && causeOfUndoing(definition, steps)) ?? lastMove(steps),
    operators: operatorsDid(steps),
  }
}

/** A saga as GET /sagas/{sagaId}/why explains it. */
export const whyView = (row: SagaRow, steps: readonly HistoryRow[], definitions: Definitions, clocks: Clocks) => {
  const facts = factsOf(row, steps, definitions, clocks)
  const { sinceMs, waits, next, stuck, slow, cause, operators } = facts
  const toDo: readonly ToDo[] = toDoOf(facts)
  return {
    sagaId: row.saga_id,
    definition: row.definition,
    version: row.version,
    businessKey: row.business_key,
    status: row.status,
    state: row.state?.value ?? null,
    sentence: sentenceOf(facts, toDo),
    since: new Date(sinceMs).toISOString(),
    waitingFor: waits,
    next,
    toDo,
    ...(stuck && { stuck: { since: new Date(stuck.sinceMs).toISOString(), why: stuck.why } }),
    ...(slow.length > 0 && { slow: slow.map(slowView) }),
    ...(cause && { cause }),
    operators,
  }
}

const slowView = ({ state, sinceMs, dueMs }: Watched) => ({
  state,
  since: new Date(sinceMs).toISOString(),
  limitMs: dueMs - sinceMs,
})
