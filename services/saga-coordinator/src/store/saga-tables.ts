import { digestOf, type Inbox, type Message, type Said, type Table, table } from '@skald/messaging'
import type { SagaState, StateValue } from '@skald/saga'

export type SagaStatus = 'RUNNING' | 'COMPENSATING' | 'COMPLETED' | 'COMPENSATED' | 'NEEDS_ATTENTION' | 'PAUSED'

/** A command that is not answered yet: when it was said, why, and how often it was asked again. */
export interface Asked {
  readonly commandId: string
  /** The message that made the saga say it. */
  readonly causeId: string
  readonly saidAtMs: number
  readonly nudges: number
  /** When it was last sent, the first time or again. */
  readonly askedAtMs: number
  /** When it was asked again before that. */
  readonly askedBeforeMs?: number
  readonly nudgeAtMs: number
}

export interface RunningTimer {
  readonly name: string
  readonly arm: number
  readonly startedAtMs: number
  readonly dueAtMs: number
  /** A deadline of something asked: it asks again before it fires. Else a plain wait. */
  readonly guards: boolean
  /** The operator's action that moved it last, by its id in the audit. */
  readonly movedBy?: string
}

/**
 * What the coordinator keeps an eye on beside the chart: that the saga gets out of a state in time, or that what is due gets
 * done. It moves nothing; somebody is told.
 */
export interface Watched {
  readonly kind: Concern
  /** The path of the state that has a service level; '' for all of the saga. */
  readonly state: string
  readonly sinceMs: number
  /** From then on it is worth telling. */
  readonly dueMs: number
  readonly told: boolean
}

/** slow: beyond its service level. stuck: nothing will move it. */
export type Concern = 'slow' | 'stuck'

/** A message that cannot be used yet: its saga has not started, or runs a version that this program does not know. */
export interface HeldMessage {
  readonly message: Message
  readonly digest: string
  /** The redrive that brought it, when it was a dead letter before. */
  readonly redriveId?: string
}

export interface SagaRow {
  readonly saga_id: string
  /** Empty while only held messages are known: the saga has not started. */
  readonly definition: string
  readonly version: number
  readonly hash: string
  readonly status: SagaStatus
  readonly state: SagaState | null
  /** What the saga is about: every message of it must name the same. */
  readonly business_key: string
  /** A list, not an object by id: an object with ever other keys costs the engine a hidden class each. */
  readonly asked: readonly Asked[]
  readonly timers: readonly RunningTimer[]
  readonly held: readonly HeldMessage[]
  /** The pause of its step that holds it back; null for a saga that an operator paused by itself. */
  readonly paused_by: string | null
  readonly watched: readonly Watched[]
  /** Length of the history. */
  readonly revision: number
  /** When its wake task is due, as this row knows it; null when it has none. */
  readonly wake_at: number | null
  readonly started_at: number
  readonly updated_at: number
  readonly ended_at: number | null
}

export const sagas: Table<SagaRow> = table<SagaRow>({
  name: 'saga',
  key: 'saga_id',
  columns: {
    saga_id: 'text',
    definition: 'text',
    version: 'integer',
    hash: 'text',
    status: 'text',
    state: 'json',
    business_key: 'text',
    asked: 'json',
    timers: 'json',
    held: 'json',
    paused_by: 'text',
    watched: 'json',
    revision: 'integer',
    wake_at: 'time',
    started_at: 'time',
    updated_at: 'time',
    ended_at: 'time',
  },
  remember: 'written',
})

/**
 * A saga that left the straight road, for lists by status. Others have no row: every change of one would cost as much as
 * the saga's own, and a status among the saga's indexes would end its cheap updates.
 */
export interface DetourRow {
  readonly saga_id: string
  readonly status: SagaStatus
  readonly started_at: number
}

export const detours: Table<DetourRow> = table<DetourRow>({
  name: 'saga_detour',
  key: 'saga_id',
  columns: { saga_id: 'text', status: 'text', started_at: 'time' },
  blind: 'replace',
})

export const isDetour = (status: SagaStatus): boolean => status !== 'RUNNING' && status !== 'COMPLETED'

/**
 * Names that a saga has taken, for as long as it is remembered: what it is about, and its own id. A second start about the
 * same order is a mistake or a forgery, whatever its saga id; and so is one about another order under the same saga id.
 * A saga that is archived keeps them here, so that a start finds out by inserting its own.
 */
export interface SubjectRow {
  readonly subject: string
  readonly saga_id: string
}

export const subjects: Table<SubjectRow> = table<SubjectRow>({
  name: 'saga_subject',
  key: 'subject',
  columns: { subject: 'text', saga_id: 'text' },
})

/** Definitions do not share subjects: an order may have an order saga and a returns saga. */
export const subjectKey = (definition: string, businessKey: string): string => `${definition}/${businessKey}`

/** No definition has an empty name, so this is nobody's subject. */
export const ownName = (sagaId: string): string => `/${sagaId}`

/** What a step adds to the history, beside the input itself. */
export interface StepRecord {
  readonly saga_id: string
  readonly seq: number
  readonly from_state: StateValue | null
  readonly to_state: StateValue | null
  readonly note: string | null
}

export interface HistoryRow extends StepRecord {
  readonly message_id: string
  readonly at: number
  readonly type: string
  readonly causation_id: string | null
  readonly input: unknown
  readonly outputs: readonly Said[]
  readonly digest: string
}

export const history: Table<HistoryRow> = table<HistoryRow>({
  name: 'history',
  key: 'message_id',
  columns: {
    message_id: 'text',
    saga_id: 'text',
    seq: 'integer',
    at: 'time',
    type: 'text',
    causation_id: 'text',
    input: 'json',
    from_state: 'json',
    to_state: 'json',
    outputs: 'json',
    note: 'text',
    digest: 'text',
  },
})

/** A saga's history is the coordinator's inbox: one row says what came, what it changed and what was said because of it. */
export const historyInbox: Inbox<HistoryRow> = {
  table: history,
  read: ({ digest, outputs, at }) => ({ digest, outputs, handledAtMs: at }),
  write: (message, { digest, outputs, handledAtMs }, record) => ({
    message_id: message.id,
    at: handledAtMs,
    type: message.type,
    causation_id: message.causationId ?? null,
    input: message.data,
    outputs,
    digest: digest === '' ? digestOf(message.id) : digest,
    ...(record as StepRecord),
  }),
}
