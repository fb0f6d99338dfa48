import { type Handler, type Message, type Repeat, type Rows, tasks } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { list, wakeTask, wakeTaskId } from './coordinate.ts'
import type { Definitions } from './definitions.ts'
import { news } from './news.ts'
import { type SagaRow, sagas } from './store/saga-tables.ts'
import { askedOf, nextWakeMs, nudgeAtMs, type Passage, type Patience } from './waking.ts'
import { type Watching, watch } from './watching/watch.ts'

/** A command that is to be asked again; the engine knows nothing of it. */
export interface Nudge {
  readonly commandId: string
  readonly decidedAtMs: number
  readonly repeat: Repeat
}

/** The same command once more, under the next repeat number. */
export const nudgeOf = (row: SagaRow, commandId: string, nowMs: number): Nudge => {
  const asked = askedOf(row, commandId)
  const command = row.state?.waiting.find(({ id }) => id === commandId)
  if (!asked || !command) throw new Error(`saga ${row.saga_id} does not wait for ${commandId}`)
  const message: Message = {
    id: command.id,
    type: command.type,
    source: '/saga-coordinator',
    subject: command.subject,
    time: new Date(asked.saidAtMs).toISOString(),
    correlationId: row.saga_id,
    causationId: asked.causeId,
    data: command.data,
  }
  return { commandId, decidedAtMs: nowMs, repeat: { message, repeat: asked.nudges + 1 } }
}

/** The saga once a nudge is out: the same as before when the command was answered or withdrawn meanwhile, or nudged by another. */
export const withNudge = (
  definition: Definition,
  row: SagaRow,
  { commandId, repeat: { repeat: nudges } }: Nudge,
  nowMs: number,
  patience: Patience,
): SagaRow => {
  const asked = askedOf(row, commandId)
  const command = row.state?.waiting.find(({ id }) => id === commandId)
  if (!asked || !command || asked.nudges + 1 !== nudges) return row
  const nextMs = nudgeAtMs(definition, row, command, nudges, nowMs, patience)
  const before = asked.nudges > 0 ? { askedBeforeMs: asked.askedAtMs } : {}
  const again = { ...asked, ...before, nudges, askedAtMs: nowMs, nudgeAtMs: nextMs }
  return { ...row, asked: row.asked.map((each) => (each === asked ? again : each)) }
}

export interface Nudged {
  readonly sagaId: string
  readonly nudges: readonly Nudge[]
  readonly passage: Passage
}

/**
 * Records nudges that the broker has stored: a deadline relies on what stands here. Were it written before they are sent,
 * a process that dies in between would leave a question on record that nobody was asked.
 */
export const nudged = (definitions: Definitions, patience: Patience): Handler<Nudged> => ({
  type: 'task:nudged',
  rows: ({ data }) => [{ table: sagas, key: data.sagaId }],
  decide: ({ data: { sagaId, nudges, passage } }, rows, { nowMs }) => {
    const known = rows.get(sagas, sagaId)
    const definition = known && definitions.get(known.definition, known.version)
    // What goes out as the saga is paused is asked again, under the same number, when it goes on.
    if (!definition || known.ended_at !== null || known.status === 'PAUSED') return {}
    // What the broker stored before it lost everything was perhaps never delivered.
    const kept = nudges.filter(({ decidedAtMs }) => decidedAtMs > passage.wholeSinceMs())
    const row = kept.reduce((before, nudge) => withNudge(definition, before, nudge, nowMs, patience), known)
    if (row !== known) sleep(rows, known, row, nowMs, { definition, patience, looked: row })
    return { reply: { ...news(known, row, nowMs), nudges: kept.length } }
  },
})

/** Writes the saga, and its task for the next time that it must be looked at. */
export const sleep = (
  rows: Rows,
  before: SagaRow,
  given: SagaRow,
  nowMs: number,
  watching: Omit<Watching, 'nowMs'>,
): void => {
  const after = watch(rows, before, given, { ...watching, nowMs })
  const wake_at = after.ended_at === null ? (nextWakeMs(after, nowMs, watching.patience) ?? null) : null
  if (wake_at === null) rows.delete(tasks, wakeTaskId(after.saga_id))
  else rows.put(tasks, wakeTask(after.saga_id, wake_at))
  rows.put(sagas, { ...after, wake_at })
  list(rows, before, after)
}
