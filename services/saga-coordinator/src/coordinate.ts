import {
  type Decision,
  type Handler,
  type Message,
  type RowRef,
  type Rows,
  type Task,
  type Turn,
  tasks,
} from '@skald/messaging'
import type { Definition } from '@skald/saga'
import { advance } from './advance.ts'
import { bringBack } from './bring-back.ts'
import type { Coordination } from './coordination.ts'
import { hold, refuse, take, useHeld, wrongCorrelation } from './hold.ts'
import { news } from './news.ts'
import { heldBack, lookAgainAtMs, pauseOf } from './pauses/hold-back.ts'
import { archivedSagas } from './store/archive-table.ts'
import { auditHead, operatorRequests } from './store/audit-tables.ts'
import { alertTasks, concerns } from './store/concern-tables.ts'
import { migrations } from './store/migration-table.ts'
import { type StepPause, stepPauses } from './store/pause-table.ts'
import { detours, history, isDetour, ownName, type SagaRow, sagas, subjectKey, subjects } from './store/saga-tables.ts'
import { wakeAtMs } from './waking.ts'
import { type Watching, watch } from './watching/watch.ts'

/** Tables in the order in which they are locked. History comes last: it is the inbox. */
export const LOCK_ORDER = [
  sagas,
  subjects,
  archivedSagas,
  tasks,
  detours,
  stepPauses,
  migrations,
  concerns,
  alertTasks,
  operatorRequests,
  auditHead,
  history,
]

/** A saga is a handler like any other: its row by correlation id, one step, and what the step said. */
export const coordinate = (coordination: Coordination): readonly Handler[] =>
  coordination.definitions.types.map((type) => ({
    type,
    rows: ({ correlationId, subject }) => {
      const starting = coordination.definitions.startedBy(type)
      return [
        ...(starting ? startRows(starting, correlationId, subject) : [{ table: sagas, key: correlationId }]),
        ...coordination.pauses.rows(),
      ]
    },
    prepare: bringBack,
    decide: (message, rows, turn) => decide(coordination, message, rows, turn),
    // What was answered or withdrawn since needs no second sending. A saga that was not there when the rows were read and
    // has a history all the same was started that moment by another process: whether its first command is out is not known.
    stillWanted: ({ correlationId }, rows, outputId) =>
      rows.get(sagas, correlationId)?.asked.some(({ commandId }) => commandId === outputId) ?? true,
  }))

const decide = (coordination: Coordination, message: Message, rows: Rows, turn: Turn): Decision => {
  const { definitions, patience, pauses } = coordination
  const known = rows.get(sagas, message.correlationId)
  const starting = definitions.startedBy(message.type)
  if (!known || known.definition === '') {
    if (starting) return begin(starting, coordination, known ?? unstarted(message, turn), message, rows, turn)
    if (definitions.mayComeEarly(message.type)) return hold(known ?? unstarted(message, turn), message, rows, turn)
    return refuse('unknown-saga', `no saga ${message.correlationId} is known; correlationid must name a saga that runs`)
  }
  if (known.business_key !== message.subject) return wrongCorrelation(known, message)
  const definition = definitions.get(known.definition, known.version)
  if (!definition || known.status === 'PAUSED') return hold(known, message, rows, turn)
  const taken = take(definition, known, message, turn.nowMs, patience)
  if ('refuse' in taken) return taken
  const watching = { definition, nowMs: turn.nowMs, patience }
  const pause = pauseOf(pauses.of(definition.name, rows), definition, known, taken)
  if (pause) return holdBack(known, pause, known, message, rows, turn, watching)
  save(rows, known, taken.row, watching)
  return {
    says: taken.says,
    record: taken.record,
    reply: news(known, taken.row, turn.nowMs, message.causationId),
  }
}

/** The rows by which a start finds out that it is one. */
export const startRows = (definition: Definition, sagaId: string, subject: string): readonly RowRef[] => [
  { table: sagas, key: sagaId, fresh: true },
  { table: subjects, key: subjectKey(definition.name, subject), fresh: true },
  { table: subjects, key: ownName(sagaId), fresh: true },
]

/** Starts a saga; what came before its start, and is about the same, follows at once. */
export const begin = (
  definition: Definition,
  { patience, pauses }: Coordination,
  empty: SagaRow,
  message: Message,
  rows: Rows,
  turn: Turn,
): Decision => {
  const subject = subjectKey(definition.name, message.subject)
  const other = rows.get(subjects, subject)
  if (other && other.saga_id !== empty.saga_id) {
    return refuse('other-saga', `${message.subject} has saga ${other.saga_id} already; a start must name that one`)
  }
  for (const name of [subject, ownName(empty.saga_id)]) {
    if (!rows.get(subjects, name)) rows.put(subjects, { subject: name, saga_id: empty.saga_id })
  }
  const first = advance(definition, { ...empty, business_key: message.subject }, message, turn.nowMs, patience)
  const watching = { definition, nowMs: turn.nowMs, patience }
  const paused = pauses.of(definition.name, rows)
  const pause = pauseOf(paused, definition, empty, first)
  if (pause) {
    const { name, version, hash } = definition
    const waiting = { ...empty, business_key: message.subject, definition: name, version, hash }
    return holdBack(undefined, pause, waiting, message, rows, turn, watching)
  }
  const { row, answers } = useHeld(definition, first.row, turn.nowMs, patience, paused)
  save(rows, undefined, row, watching)
  return { says: first.says, record: first.record, answers, reply: news(undefined, row, turn.nowMs) }
}

/** A saga whose next step is paused keeps the message and stays where it was: a start before its first state. */
const holdBack = (
  before: SagaRow | undefined,
  pause: StepPause,
  saga: SagaRow,
  message: Message,
  rows: Rows,
  { nowMs, digest, redriveId }: Turn,
  watching: Watching,
): Decision => {
  const arrived = { message, digest, ...(redriveId !== undefined && { redriveId }) }
  const held = [...(before ? saga.held : []), arrived, ...(before ? [] : saga.held)]
  const { row, entry } = heldBack(saga, pause, held, nowMs)
  sleepUntil(rows, before, row, lookAgainAtMs(row, nowMs), watching)
  return { open: true, answers: [entry], reply: news(before, row, nowMs) }
}

/** Writes a saga that nothing but a pause's end, or a look at this moment, will move. */
export const sleepUntil = (
  rows: Rows,
  before: SagaRow | undefined,
  given: SagaRow,
  wakeAtMs: number,
  watching: Watching,
): void => {
  const after = watch(rows, before, given, watching)
  rows.put(tasks, wakeTask(after.saga_id, wakeAtMs))
  rows.put(sagas, { ...after, wake_at: wakeAtMs })
  list(rows, before, after)
}

export const unstarted = ({ correlationId, subject }: Message, { nowMs }: Turn): SagaRow => ({
  saga_id: correlationId,
  definition: '',
  version: 0,
  hash: '',
  status: 'RUNNING',
  state: null,
  business_key: subject,
  asked: [],
  timers: [],
  held: [],
  paused_by: null,
  watched: [],
  revision: 0,
  wake_at: null,
  started_at: nowMs,
  updated_at: nowMs,
  ended_at: null,
})

export const wakeTaskId = (sagaId: string): string => `wake/${sagaId}`

/**
 * Writes a saga, its line among the detours, and its one wake task. The task is moved only when
 * the saga must be woken earlier than it knows: one that wakes too early looks, and goes back to sleep. So a saga
 * whose replies come in time costs one insert and one delete, however many steps it takes.
 */
export const save = (rows: Rows, before: SagaRow | undefined, given: SagaRow, watching: Watching): void => {
  const after = watch(rows, before, given, watching)
  const wanted = after.ended_at === null ? wakeAtMs(after) : undefined
  const early = wanted !== undefined && (after.wake_at === null || wanted < after.wake_at)
  if (early) rows.put(tasks, wakeTask(after.saga_id, wanted))
  if (after.ended_at !== null && after.wake_at !== null) rows.delete(tasks, wakeTaskId(after.saga_id))
  const wake_at = after.ended_at === null ? (early ? wanted : after.wake_at) : null
  rows.put(sagas, { ...after, wake_at })
  list(rows, before, after)
}

export const wakeTask = (sagaId: string, dueAtMs: number): Task => ({
  id: wakeTaskId(sagaId),
  kind: 'wake',
  due_at: dueAtMs,
  token: '',
  attempts: 0,
  body: { sagaId },
})

/** Keeps the list of detours as the saga's status is. */
export const list = (rows: Rows, before: SagaRow | undefined, { saga_id, status, started_at }: SagaRow): void => {
  if (before?.status === status) return
  if (isDetour(status)) rows.put(detours, { saga_id, status, started_at })
  else if (before && isDetour(before.status)) rows.delete(detours, saga_id)
}
