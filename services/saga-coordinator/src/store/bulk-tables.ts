import { type Table, table } from '@skald/messaging'
import type { Action } from './audit-tables.ts'
import type { SagaStatus } from './saga-tables.ts'

/** Which sagas a bulk action is about; all fields must fit. */
export interface BulkFilter {
  readonly definition?: string | undefined
  readonly version?: number | undefined
  readonly status?: SagaStatus | undefined
  /** A state that the saga is in, at any depth: `refunding`, `needsPerson`. */
  readonly state?: string | undefined
  /** What it waits for a person for: `payment.refund`. */
  readonly effect?: string | undefined
  readonly startedAfter?: string | undefined
  readonly startedBefore?: string | undefined
}

/**
 * READY: its sagas are chosen, and none was acted on. RUNNING, until all were (COMPLETED), or somebody says PAUSED, which it
 * goes on from, or STOPPED, for good.
 */
export type BulkStatus = 'READY' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'STOPPED'

/** One action on many sagas. */
export interface BulkAction {
  readonly bulk_id: string
  readonly action: Action
  readonly filter: BulkFilter
  readonly reason: string
  readonly actor: string
  readonly rate_per_second: number
  readonly status: BulkStatus
  readonly total: number
  /** The ordinal of the first saga that was not acted on yet. */
  readonly next: number
  readonly done: number
  readonly refused: number
  readonly prepared_at: number
  readonly updated_at: number
  readonly ended_at: number | null
}

export const bulkActions: Table<BulkAction> = table<BulkAction>({
  name: 'bulk_action',
  key: 'bulk_id',
  columns: {
    bulk_id: 'text',
    action: 'text',
    filter: 'json',
    reason: 'text',
    actor: 'text',
    rate_per_second: 'integer',
    status: 'text',
    total: 'integer',
    next: 'integer',
    done: 'integer',
    refused: 'integer',
    prepared_at: 'time',
    updated_at: 'time',
    ended_at: 'time',
  },
})

/** What became of one saga of a bulk action. */
export interface BulkSaga {
  readonly id: string
  readonly bulk_id: string
  readonly ordinal: number
  readonly saga_id: string
  readonly result: 'PENDING' | 'DONE' | 'REFUSED'
  readonly why: string | null
}

export const bulkSagas: Table<BulkSaga> = table<BulkSaga>({
  name: 'bulk_saga',
  key: 'id',
  columns: { id: 'text', bulk_id: 'text', ordinal: 'integer', saga_id: 'text', result: 'text', why: 'text' },
  // Prepared unread: nobody else knows the bulk's id yet.
  blind: 'keep',
})

export const bulkSagaId = (bulkId: string, ordinal: number): string => `${bulkId}/${ordinal}`
