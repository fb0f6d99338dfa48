import { sealOf, type Table, table } from '@skald/messaging'
import type { StateValue } from '@skald/saga'
import type { BulkStatus } from './bulk-tables.ts'
import type { LetterStatus } from './dead-letter-table.ts'
import type { SagaStatus } from './saga-tables.ts'
import type { TimerFilter } from './timer-reading.ts'

export const ACTIONS = ['retry', 'skip', 'cancel', 'pause', 'resume'] as const
/** What an operator can do to a saga. */
export type Action = (typeof ACTIONS)[number]

export const LETTER_ACTIONS = ['redrive', 'discard'] as const
/** What an operator can do to a dead letter. */
export type LetterAction = (typeof LETTER_ACTIONS)[number]

export const BULK_VERBS = ['run', 'pause', 'stop'] as const
/** What an operator can do to a bulk action. */
export type BulkVerb = (typeof BULK_VERBS)[number]

export const PAUSE_VERBS = ['pause', 'resume'] as const
/** What an operator can do to a definition, or to a step of it. */
export type PauseVerb = (typeof PAUSE_VERBS)[number]

export const TIMER_ACTIONS = ['move-timer', 'cancel-timer', 'shift-timers'] as const
/** What an operator can do to timers. */
export type TimerAction = (typeof TIMER_ACTIONS)[number]

/** Where a saga stood, before and after an action. */
export interface Standing {
  readonly status: SagaStatus
  readonly state: StateValue | null
}

/** Where a dead letter stood. */
export interface LetterStanding {
  readonly status: LetterStatus
  readonly refusals: number
}

/** Where a bulk action stood; `next` sagas were acted on. */
export interface BulkStanding {
  readonly status: BulkStatus
  readonly next: number
}

/** The definitions and steps that were paused. */
export interface PauseStanding {
  readonly paused: readonly string[]
}

/** The version that sagas of a definition run. */
export interface VersionStanding {
  readonly definition: string
  readonly version: number
  readonly states?: Readonly<Record<string, string>>
}

/** Timers that an action was about, and when they were due; none is due any more when they were cancelled. */
export interface TimersStanding {
  readonly timers: number
  readonly sagas: number
  readonly earliest: string | null
  readonly latest: string | null
  /** Which were meant. */
  readonly filter?: TimerFilter
}

/** A repair after a restore as a whole: one that died goes on from what the databases showed before it wrote to them. */
export interface RestoreStanding {
  /** Said since then counts as lost; null for everything that the streams hold. */
  readonly streamsSinceMs: number | null
  readonly isOver: boolean
}

type AnyStanding =
  | Standing
  | LetterStanding
  | BulkStanding
  | PauseStanding
  | VersionStanding
  | TimersStanding
  | RestoreStanding

/** One thing that an operator did. Rows are only ever added. */
export interface AuditEntry {
  /** Also the message id of the entry in the saga's history, or the id of the redrive. */
  readonly id: string
  /** From 1, without gaps. */
  readonly seq: number
  readonly at: number
  readonly actor: string
  readonly action:
    | Action
    | LetterAction
    | `bulk-${BulkVerb}`
    | `${PauseVerb}-step`
    | 'migrate'
    | 'restore'
    | TimerAction
  /**
   * What it was done to: a saga, a dead letter, a bulk action as a whole; a step, a definition, the timers of a filter or a
   * restore as a whole, where all are null.
   */
  readonly saga_id: string | null
  readonly letter_id: string | null
  /** Also of a saga: the bulk action that it was part of. */
  readonly bulk_id: string | null
  readonly reason: string
  readonly before: AnyStanding
  readonly after: AnyStanding
  readonly idempotency_key: string | null
  /** Of this row and of the hash before it. */
  readonly hash: string
}

export const auditEntries: Table<AuditEntry> = table<AuditEntry>({
  name: 'operator_audit',
  key: 'id',
  columns: {
    id: 'text',
    seq: 'integer',
    at: 'time',
    actor: 'text',
    action: 'text',
    saga_id: 'text',
    letter_id: 'text',
    bulk_id: 'text',
    reason: 'text',
    before: 'json',
    after: 'json',
    idempotency_key: 'text',
    hash: 'text',
  },
  // The service may add rows and not change any: it must not lock them either, which takes the same right.
  blind: 'keep',
})

/** The end of the chain. Whoever adds to it holds this row. */
export interface AuditHead {
  readonly name: string
  readonly seq: number
  readonly hash: string
}

export const auditHead: Table<AuditHead> = table<AuditHead>({
  name: 'operator_audit_head',
  key: 'name',
  columns: { name: 'text', seq: 'integer', hash: 'text' },
})

/** There is one chain. */
export const CHAIN = 'audit'

/** The answer to an action that came with an Idempotency-Key. */
export interface AnsweredAction {
  readonly key: string
  readonly body_digest: string
  readonly response: unknown
  readonly created_at: number
}

export const operatorRequests: Table<AnsweredAction> = table<AnsweredAction>({
  name: 'operator_request',
  key: 'key',
  columns: { key: 'text', body_digest: 'text', response: 'json', created_at: 'time' },
})

/** The next entry of the chain that ends at `head`. */
export const chained = (head: AuditHead | undefined, entry: Omit<AuditEntry, 'seq' | 'hash'>): AuditEntry => {
  const numbered = { ...entry, seq: (head?.seq ?? 0) + 1 }
  return { ...numbered, hash: hashOf(head?.hash ?? '', numbered) }
}

const hashOf = (previous: string, entry: Omit<AuditEntry, 'hash'>): string => {
  const { id, seq, at, actor, action, saga_id, letter_id, bulk_id, reason, before, after, idempotency_key } = entry
  const about = [previous, id, seq, at, actor, action, saga_id, reason, before, after, idempotency_key]
  // Rows from before there were letters and bulk actions keep their hashes.
  const isPlain = letter_id === null && bulk_id === null
  return sealOf(JSON.stringify(isPlain ? about : [...about, letter_id, bulk_id]))
}

/** What is wrong with the chain, a sentence each; `entries` by their numbers. */
export function* auditFaults(entries: readonly AuditEntry[], head: AuditHead | undefined): Iterable<string> {
  let seq = 0
  let hash: string | undefined = ''
  for (const entry of entries) {
    if (entry.seq !== seq + 1) {
      yield `entry ${seq + 1} is missing: ${entry.seq} follows ${seq}`
      hash = undefined
    }
    if (hash !== undefined && entry.hash !== hashOf(hash, entry)) yield `entry ${entry.seq} is not as it was written`
    seq = entry.seq
    hash = entry.hash
  }
  const end = { seq: head?.seq ?? 0, hash: head?.hash ?? '' }
  if (end.seq !== seq) yield `the last entry is ${seq}, ${end.seq} were written`
  else if (hash !== end.hash) yield `entry ${seq} is not the one that was written last`
}
