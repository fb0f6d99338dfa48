import {
  type Answer,
  type Decision,
  type Handler,
  type Message,
  type Repeat,
  type Rows,
  type Turn,
  tasks,
} from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { fire } from './advance.ts'
import { list, wakeTask, wakeTaskId } from './coordinate.ts'
import type { Definitions } from './definitions.ts'
import { news } from './news.ts'
import { type SagaRow, sagas } from './store/saga-tables.ts'
import { askedOf, nextDue, nextWakeMs, nudgeAtMs, type Passage, type Patience } from './waking.ts'

export interface Wake {
  readonly sagaId: string
  readonly passage: Passage
}

/** Things one wake does, at most; a chart that arms timers of zero length must not hold the batch for ever. */
const MAX_DUE = 20

/**
 * A saga's wake: asks again what has no reply, fires what is due, and goes back to sleep until the next of both.
 * It looks at the saga as it is now, so a wake that comes twice or too early does nothing.
 */
export const wake = (definitions: Definitions, patience: Patience): Handler<Wake> => ({
  type: 'task:wake',
  rows: ({ data }) => [{ table: sagas, key: data.sagaId }],
  decide: (message, rows, turn) => decide(definitions, patience, message, rows, turn),
})

const decide = (
  definitions: Definitions,
  patience: Patience,
  { data }: Message<Wake>,
  rows: Rows,
  { nowMs }: Turn,
): Decision => {
  const known = rows.get(sagas, data.sagaId)
  const definition = known && definitions.get(known.definition, known.version)
  if (!known || known.ended_at !== null) {
    rows.delete(tasks, wakeTaskId(data.sagaId))
    return {}
  }
  // An unknown version waits for a program that knows it; the task's lease brings the wake back.
  if (!definition) return {}
  let row: SagaRow = known
  const answers: Answer[] = []
  const repeats: Repeat[] = []
  for (let count = 0; count < MAX_DUE && row.ended_at === null; count += 1) {
    const due = nextDue(definition, row, nowMs, data.passage, patience)
    if (due.kind === 'nothing') break
    if (due.kind === 'ask') {
      const asked = askAgain(definition, row, due.commandId, nowMs, patience)
      row = asked.row
      repeats.push(asked.repeat)
    } else {
      const fired = fire(definition, row, due.timer, nowMs, patience)
      row = fired.row
      answers.push({ to: fired.message, digest: '', says: fired.says, record: fired.record })
    }
  }
  sleep(rows, known, row, nowMs, patience)
  return { answers, repeats, reply: { ...news(known, row, nowMs), nudges: repeats.length } }
}

/** The same command once more, under the next repeat number; the engine knows nothing of it. */
const askAgain = (definition: Definition, row: SagaRow, commandId: string, nowMs: number, patience: Patience) => {
  const asked = askedOf(row, commandId)
  const command = row.state?.waiting.find(({ id }) => id === commandId)
  if (!asked || !command) throw new Error(`saga ${row.saga_id} does not wait for ${commandId}`)
  const nudges = asked.nudges + 1
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
  const again = {
    ...asked,
    nudges,
    askedAtMs: nowMs,
    nudgeAtMs: nudgeAtMs(definition, row, command, nudges, nowMs, patience),
  }
  const next = { ...row, asked: row.asked.map((each) => (each === asked ? again : each)) }
  return { row: next, repeat: { message, repeat: nudges } }
}

const sleep = (rows: Rows, before: SagaRow, after: SagaRow, nowMs: number, patience: Patience): void => {
  const wake_at = after.ended_at === null ? (nextWakeMs(after, nowMs, patience) ?? null) : null
  if (wake_at === null) rows.delete(tasks, wakeTaskId(after.saga_id))
  else rows.put(tasks, wakeTask(after.saga_id, wake_at))
  rows.put(sagas, { ...after, wake_at })
  list(rows, before, after)
}
