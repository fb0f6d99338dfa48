import { type Answer, type Decision, type Handler, type Message, type Rows, type Turn, tasks } from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { fire } from './advance.ts'
import { save, sleepUntil, wakeTaskId } from './coordinate.ts'
import type { Coordination } from './coordination.ts'
import { news } from './news.ts'
import { type Nudge, nudgeOf, sleep, withNudge } from './nudge.ts'
import { resumed } from './operator/pausing.ts'
import { entryOf, heldBack, lookAgainAtMs, pauseAt, pauseOf } from './pauses/hold-back.ts'
import type { StepPause } from './store/pause-table.ts'
import { type SagaRow, sagas } from './store/saga-tables.ts'
import { askedOf, nextDue, type Passage } from './waking.ts'
import { type Watching, watch } from './watching/watch.ts'

export interface Wake {
  readonly sagaId: string
  readonly passage: Passage
}

/** Things one wake does, at most; a chart that arms timers of zero length must not hold the batch for ever. */
const MAX_DUE = 20

/**
 * A saga's wake: says which commands are to be asked again, fires what is due, and goes back to sleep until the next of
 * both. It looks at the saga as it is now, so a wake that comes twice or too early does nothing.
 */
export const wake = (coordination: Coordination): Handler<Wake> => ({
  type: 'task:wake',
  rows: ({ data }) => [{ table: sagas, key: data.sagaId }, ...coordination.pauses.rows()],
  decide: (message, rows, turn) => decide(coordination, message, rows, turn),
})

const decide = (
  { definitions, patience, pauses }: Coordination,
  { data }: Message<Wake>,
  rows: Rows,
  { nowMs }: Turn,
): Decision => {
  const known = rows.get(sagas, data.sagaId)
  const definition = known && definitions.get(known.definition, known.version)
  if (!known || known.ended_at !== null || (known.status === 'PAUSED' && known.paused_by === null)) {
    rows.delete(tasks, wakeTaskId(data.sagaId))
    return {}
  }
  // An unknown version waits for a program that knows it; the task's lease brings the wake back.
  if (!definition) {
    const watched = watch(rows, known, known, { definition, nowMs, patience, looked: known })
    if (watched !== known) rows.put(sagas, watched)
    return {}
  }
  const watching = { definition, nowMs, patience }
  const paused = pauses.of(definition.name, rows)
  if (known.status === 'PAUSED') return heldOn(definition, known, paused, rows, watching)
  const pause = pauseAt(paused, definition, known)
  if (pause) return holdBack(known, known, pause, [], rows, watching)
  let row: SagaRow = known
  const answers: Answer[] = []
  const nudges: Nudge[] = []
  for (let count = 0; count < MAX_DUE && row.ended_at === null; count += 1) {
    const due = nextDue(definition, row, nowMs, data.passage, patience)
    if (due.kind === 'nothing') break
    if (due.kind === 'ask') {
      const nudge = nudgeOf(row, due.commandId, nowMs)
      nudges.push(nudge)
      row = withNudge(definition, row, nudge, nowMs, patience)
    } else {
      const fired = fire(definition, row, due.timer, nowMs, patience)
      const entered = pauseOf(paused, definition, row, fired)
      // It fires when the step goes on: the timer stays, and is later by the pause.
      if (entered) return holdBack(known, row, entered, answers, rows, watching)
      row = fired.row
      answers.push({ to: fired.message, digest: '', says: fired.says, record: fired.record })
    }
  }
  sleep(rows, known, notYetNudged(row, known, nudges), nowMs, { definition, patience, looked: row })
  const wanted = nudges.filter(({ commandId }) => askedOf(row, commandId))
  return { answers, reply: { ...news(known, row, nowMs), toNudge: wanted } }
}

/** The saga as far as it came in this wake, held back from there. */
const holdBack = (
  known: SagaRow,
  row: SagaRow,
  pause: StepPause,
  answers: readonly Answer[],
  rows: Rows,
  watching: Watching,
): Decision => {
  const back = heldBack(row, pause, row.held, watching.nowMs)
  sleepUntil(rows, known, back.row, lookAgainAtMs(back.row, watching.nowMs), watching)
  return { answers: [...answers, back.entry], reply: news(known, back.row, watching.nowMs) }
}

/** Goes on when its pause has ended; else looks again later. */
const heldOn = (
  definition: Definition,
  known: SagaRow,
  pauses: readonly StepPause[],
  rows: Rows,
  watching: Watching,
): Decision => {
  const { nowMs, patience } = watching
  if (pauses.some(({ id }) => id === known.paused_by)) {
    sleepUntil(rows, known, known, lookAgainAtMs(known, nowMs), watching)
    return {}
  }
  const { row, says, record, answers } = resumed(definition, known, nowMs, patience, pauses)
  if (row.status === 'PAUSED') sleepUntil(rows, known, row, lookAgainAtMs(row, nowMs), watching)
  else save(rows, known, row, watching)
  const entry = {
    to: entryOf(known, 'resume', nowMs),
    digest: '',
    says,
    record: { ...record, note: 'its step goes on' },
  }
  return { answers: [entry, ...answers], reply: news(known, row, nowMs) }
}

/** Nudges are recorded when they are out (`nudged`); one that never gets out is decided on again by the next wake. */
const notYetNudged = (row: SagaRow, known: SagaRow, nudges: readonly Nudge[]): SagaRow => {
  if (nudges.length === 0) return row
  const isDecided = new Set(nudges.map(({ commandId }) => commandId))
  const asked = row.asked.map((each) =>
    isDecided.has(each.commandId) ? (askedOf(known, each.commandId) ?? each) : each,
  )
  return { ...row, asked }
}
